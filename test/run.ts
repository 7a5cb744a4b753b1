/** `npm test`: every test file under test/, or those whose path holds one of the arguments. */
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'

/** Two at a time: what a small machine has cores for. */
const concurrency = 2
/** Longer than the longest test takes: what hangs fails, by name, instead of holding everything up. */
const timeoutMs = 240_000

const wanted = process.argv.slice(2)
const files = globSync('test/**/*.test.ts', { cwd: import.meta.dirname + '/..' })
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort()
if (files.length === 0) {
  console.error(`No test file matches ${wanted.join(', ')}.`)
  process.exit(1)
}
const child = spawn(
  process.execPath,
  ['--test', '--test-reporter=spec', `--test-concurrency=${concurrency}`, `--test-timeout=${timeoutMs}`, ...files],
  { cwd: import.meta.dirname + '/..', stdio: 'inherit' },
)
child.on('exit', (code) => {
  process.exitCode = code ?? 1
})
