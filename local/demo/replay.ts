/** `npm run demo:replay`: what a bug in a step has counted wrongly is counted anew from the raw events, compared and promoted. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from '../command.ts'
import { readManifest } from '../run/manifest.ts'
import { countWrongly, mendByComparing, mendThroughKills, type Scene } from './acts.ts'
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
    try {
      await Promise.race([play({ stage, faults, say }), interrupted])
    } finally {
      await stage.close()
    }
    say(`\nEverything served equals the oracle's, after ${Math.round((Date.now() - startedAt) / 1_000)} s.`)
    return 0
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
}

const play = async (scene: Scene): Promise<void> => {
  const range = await countWrongly(scene)
  await mendByComparing(scene, 'clickstream', range)
  await mendThroughKills(scene, 'telemetry', range)
}

/** Rejects when somebody wants it to end: every service is stopped then, and the folder removed. */
const interrupted = new Promise<never>((_resolve, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      reject(new Error('Stopped before the end.'))
    })
  }
})
// It may come before anybody waits for it.
interrupted.catch(() => undefined)

runCommand(main)
