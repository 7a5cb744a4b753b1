/** `npm test`: every test but those of the local Azure, or those whose path holds one of the arguments. */
import { runTests, testFiles } from './support/run-tests.ts'

const words = process.argv.slice(2)
const files = testFiles('test/**/*.test.ts', words).filter(
  (file) => words.length > 0 || !file.startsWith('test/local-azure/'),
)
if (files.length === 0) {
  console.error(`No test file matches ${words.join(', ')}.`)
  process.exit(1)
}
const { failed } = await runTests(files)
process.exitCode = failed === 0 ? 0 : 1
