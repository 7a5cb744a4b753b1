/** The eight 16-bit groups of an address for which `net.isIPv6` holds; its zone is left out. */
export const ipv6Groups = (ip: string): number[] => {
  const [head = '', tail = ''] = ip.split('%', 1)[0]!.split('::')
  const before = groupsOf(head)
  const after = groupsOf(tail)
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after]
}

/** An IPv4 address at the end stands for two groups. */
const groupsOf = (text: string): number[] =>
  text === ''
    ? []
    : text.split(':').flatMap((group) => {
        if (!group.includes('.')) return [Number.parseInt(group, 16)]
        const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
        return [a * 256 + b, c * 256 + d]
      })
