import type { HttpRequest } from '@azure/functions'

/** Who App Service has signed in, where it does; a function key names nobody. */
export const callerOf = (request: HttpRequest): string | null => request.headers.get('x-ms-client-principal-name')
