/** `npm run verify`: everything a reviewer would run, in order of cost; stops at the first that fails. */
import { spawnSync } from 'node:child_process'

const steps: readonly (readonly [name: string, command: readonly string[]])[] = [
  ['format', ['node_modules/prettier/bin/prettier.cjs', '--check', '.']],
  ['lint', ['node_modules/eslint/bin/eslint.js', '.']],
  ['types', ['node_modules/typescript/bin/tsc']],
  ['tests', ['test/run.ts']],
  ['long tests', ['test/run.ts', 'test/long/']],
  ['infrastructure', ['infra/checks/check.ts']],
  ['local Azure', ['test/local-azure.ts']],
]

for (const [name, command] of steps) {
  console.log(`\n── ${name}`)
  const { status } = spawnSync(process.execPath, command, { cwd: import.meta.dirname, stdio: 'inherit' })
  if (status !== 0) {
    console.error(`\n${name} failed.`)
    process.exit(status ?? 1)
  }
}
