import { randomBytes } from 'node:crypto'
import type { RandomName } from '../../ports/random-name.ts'

export const randomName: RandomName = () => randomBytes(4).toString('hex')
