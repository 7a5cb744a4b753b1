/** The nodes that a link can lead to, by the addresses of the Event Hubs protocol guide. */

export type Node =
  | { readonly kind: 'cbs' }
  | { readonly kind: 'management' }
  | {
      readonly kind: 'producer'
      readonly hub: string
      readonly partition: string | undefined
      /** Its name is the partition key of all that it sends. */
      readonly publisher: string | undefined
    }
  | { readonly kind: 'consumer'; readonly hub: string; readonly group: string; readonly partition: string }

/** Path of an address or of a token's resource: clients write it with scheme and host, with a slash at its start, or bare. */
export const pathOf = (address: string): string =>
  address.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '').replace(/^\/+|\/+$/g, '')

/** Where a client sends to; undefined: nowhere. */
export const targetAt = (path: string): Node | undefined => {
  const parts = path.split('/')
  const [hub = '', kind, name] = parts
  if (parts.length === 1 && hub !== '' && !hub.startsWith('$')) {
    return { kind: 'producer', hub, partition: undefined, publisher: undefined }
  }
  if (parts.length === 3 && name !== '' && is(kind, 'Partitions')) {
    return { kind: 'producer', hub, partition: name, publisher: undefined }
  }
  if (parts.length === 3 && name !== '' && is(kind, 'Publishers')) {
    return { kind: 'producer', hub, partition: undefined, publisher: name }
  }
  return serviceNode(parts)
}

/** Where a client receives from; undefined: nowhere. */
export const sourceAt = (path: string): Node | undefined => {
  const parts = path.split('/')
  const [hub = '', groups, group = '', partitions, partition = ''] = parts
  return parts.length === 5 && is(groups, 'ConsumerGroups') && is(partitions, 'Partitions')
    ? { kind: 'consumer', hub, group, partition }
    : serviceNode(parts)
}

/** Some SDKs open the management node of the namespace and name the hub in each request; others open the hub's. */
const serviceNode = (parts: readonly string[]): Node | undefined => {
  if (parts.length === 1 && is(parts[0], '$cbs')) return { kind: 'cbs' }
  return parts.length <= 2 && is(parts.at(-1), '$management') ? { kind: 'management' } : undefined
}

/** Event Hubs does not tell cases apart in names. */
const is = (text: string | undefined, name: string): boolean => text?.toLowerCase() === name.toLowerCase()
