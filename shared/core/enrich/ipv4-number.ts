const dot = 46
const zero = 48

/** The 32-bit number of a dotted IPv4 address; undefined where the text is none. As strict as `net.isIPv4`. */
export const ipv4Number = (ip: string): number | undefined => {
  let address = 0
  let part = -1
  let parts = 1
  for (let i = 0; i < ip.length; i += 1) {
    const code = ip.charCodeAt(i)
    if (code === dot) {
      if (part < 0 || parts === 4) return undefined
      address = address * 256 + part
      part = -1
      parts += 1
      continue
    }
    const digit = code - zero
    // A part is 0 or begins with another digit: in 010 some read an octal number.
    if (!(digit >= 0 && digit <= 9) || part === 0) return undefined
    part = part < 0 ? digit : part * 10 + digit
    if (part > 255) return undefined
  }
  return parts === 4 && part >= 0 ? address * 256 + part : undefined
}
