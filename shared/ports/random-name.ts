/** A short name that hardly anybody else has: eight hexadecimal digits. */
export type RandomName = () => string
