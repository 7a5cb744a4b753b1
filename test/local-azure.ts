/** `npm run test:local-azure`: does the local Azure behave as Azure does? Through the real SDKs, service by service. */
import { runTests, testFiles, type TestCounts } from './support/run-tests.ts'

const services = ['event-hubs', 'cosmos', 'storage', 'lake', 'functions-host']

const words = process.argv.slice(2)
const results: (TestCounts & { readonly service: string })[] = []
for (const service of services) {
  const files = testFiles(`test/local-azure/${service}/*.test.ts`, words)
  if (files.length === 0) continue
  console.log(`\n── ${service}`)
  results.push({ service, ...(await runTests(files)) })
}
if (results.length === 0) {
  console.error(`No test file of the local Azure matches ${words.join(', ')}.`)
  process.exit(1)
}
console.log('')
for (const { service, passed, failed, skipped } of results) {
  console.log(`${service.padEnd(15)} ${passed} passed, ${failed} failed, ${skipped} skipped`)
}
const sum = (count: keyof TestCounts): number => results.reduce((total, result) => total + result[count], 0)
console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`)
process.exitCode = sum('failed') === 0 ? 0 : 1
