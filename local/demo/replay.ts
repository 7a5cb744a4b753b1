/** `npm run demo:replay`: what a bug in a step has counted wrongly is counted anew from the raw events, compared and promoted. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from '../command.ts'
import { readManifest } from '../run/manifest.ts'
import { countWrongly, mendByComparing, mendThroughKills } from './acts.ts'
import { faults } from './faults.ts'
import { parseDemoOptions, usage } from './options.ts'
import { openStage } from './stage.ts'

const root = join(import.meta.dirname, '..', '..')
const startedAt = Date.now()
const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

const main = async (): Promise<number> => {
  const args = process.argv.slice(2)
  if (args.includes('--help')) {
    say(usage)
    return 0
  }
  const parsed = parseDemoOptions(args)
  if ('problems' in parsed) {
    process.stderr.write(`Nothing was started:\n  ${parsed.problems.join('\n  ')}\n\n${usage}\n`)
    return 1
  }
  const directory = mkdtempSync(join(tmpdir(), 'millrace-demo-'))
  try {
    const manifest = await readManifest(root)
    const stage = await openStage({ root, directory, manifest, options: parsed.options, faults, say })
    const scene = { stage, faults, say }
    try {
      const range = await countWrongly(scene)
      await mendByComparing(scene, 'clickstream', range)
      await mendThroughKills(scene, 'telemetry', range)
    } finally {
      await stage.close()
    }
    say(`\nEverything served equals the oracle's, after ${Math.round((Date.now() - startedAt) / 1_000)} s.`)
    return 0
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
}

runCommand(main)
