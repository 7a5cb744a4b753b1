/** The command line of `npm run demo:replay`. */
import { parseArgs } from 'node:util'
import { parseOptions, type RunOptions } from '../run/options.ts'

export type DemoOptions = RunOptions & { readonly forMs: number }

export const usage = `npm run demo:replay -- [options]
  --for 10m             how much of the past is fed, as fast as it goes (ms, s, m, h)
  --rate 50             generated events a second in each stream
  --seed 1              seed of the generator`

export const parseDemoOptions = (
  args: readonly string[],
): { readonly options: DemoOptions } | { readonly problems: readonly string[] } => {
  const settings = { for: { type: 'string' }, rate: { type: 'string' }, seed: { type: 'string' } } as const
  try {
    const { for: duration = '10m', rate = '50', seed = '1' } = parseArgs({ args: [...args], options: settings }).values
    const parsed = parseOptions(['--for', duration, '--rate', rate, '--seed', seed], [])
    if ('problems' in parsed) return parsed
    return { options: { ...parsed.options, forMs: parsed.options.forMs! } }
  } catch (error) {
    return { problems: [error instanceof Error ? error.message : String(error)] }
  }
}
