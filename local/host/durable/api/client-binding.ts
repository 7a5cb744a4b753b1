/** What a durable client gets as its input: where the management API is, and how to call it. */

export interface ClientBindingOptions {
  /** Of this host. */
  readonly url: string
  readonly hubName: string
  /** The system key that opens the webhooks; undefined: they are open. */
  readonly code: string | undefined
  /** Path of the API without keys, for the app alone. */
  readonly localPath: string
}

/** Where the extension has its webhooks. */
export const webhooksPath = '/runtime/webhooks/durabletask/'

const connectionName = 'Storage'
/** The SDK puts an instance's id in place of it. */
const idPlaceholder = 'INSTANCEID'

/** JSON text (durable-functions, OrchestrationClientInputData). */
export const clientBinding = (options: ClientBindingOptions): string => {
  const { url, hubName, code, localPath } = options
  const base = `${url}${webhooksPath.slice(0, -1)}`
  const query = queryOf(options)
  const creation = `${base}/orchestrators/{functionName}[/{instanceId}]`
  return JSON.stringify({
    ...{ taskHubName: hubName, connectionName },
    creationUrls: {
      createNewInstancePostUri: `${creation}?${query}`,
      createAndWaitOnNewInstancePostUri: `${creation}?timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}&${query}`,
    },
    managementUrls: managementUrls(options, idPlaceholder),
    baseUrl: base,
    requiredQueryStringParameters: code === undefined ? '' : `code=${code}`,
    rpcBaseUrl: `${url}${localPath}`,
  })
}

/** With those to start an instance's own; also what starting one is answered with. */
export const managementUrls = (options: ClientBindingOptions, id: string): Readonly<Record<string, string>> => {
  const query = queryOf(options)
  const instance = `${options.url}${webhooksPath}instances/${encodeURIComponent(id)}`
  return {
    id,
    statusQueryGetUri: `${instance}?${query}`,
    sendEventPostUri: `${instance}/raiseEvent/{eventName}?${query}`,
    terminatePostUri: `${instance}/terminate?reason={text}&${query}`,
    rewindPostUri: `${instance}/rewind?reason={text}&${query}`,
    purgeHistoryDeleteUri: `${instance}?${query}`,
    restartPostUri: `${instance}/restart?${query}`,
    suspendPostUri: `${instance}/suspend?reason={text}&${query}`,
    resumePostUri: `${instance}/resume?reason={text}&${query}`,
  }
}

const queryOf = ({ hubName, code }: ClientBindingOptions): string =>
  [`taskHub=${hubName}`, `connection=${connectionName}`, ...(code === undefined ? [] : [`code=${code}`])].join('&')
