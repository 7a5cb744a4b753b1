/** `npm test`: every test but the long ones and those of the local Azure, or those whose path holds one of the arguments. */
import { runTests, testFiles } from './support/run-tests.ts'

/** They have scripts of their own. */
const apart = ['test/long/', 'test/local-azure/']

const words = process.argv.slice(2)
const files = testFiles('test/**/*.test.ts', words).filter(
  (file) => words.length > 0 || !apart.some((folder) => file.startsWith(folder)),
)
if (files.length === 0) {
  console.error(`No test file matches ${words.join(', ')}.`)
  process.exit(1)
}
const { failed } = await runTests(files)
process.exitCode = failed === 0 ? 0 : 1
