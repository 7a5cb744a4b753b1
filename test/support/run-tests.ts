/** Runs test files, each in a process of its own, and reports as it goes. */
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

export interface TestCounts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

const root = join(import.meta.dirname, '..', '..')
/** Two at a time: what a small machine has cores for. */
const concurrency = 2
/** Longer than the longest test takes: what hangs fails, by name, instead of holding everything up. */
const timeoutMs = 240_000

/** Test files whose path fits the pattern and, where words are given, holds one of them. */
export const testFiles = (pattern: string, words: readonly string[] = []): string[] =>
  globSync(pattern, { cwd: root })
    .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
    .sort()

export const runTests = async (files: readonly string[]): Promise<TestCounts> => {
  const tests = run({ files: files.map((file) => join(root, file)), cwd: root, concurrency, timeout: timeoutMs })
  let counts: TestCounts = { passed: 0, failed: 0, skipped: 0 }
  // One summary a file, and one without a file over all.
  tests.on('test:summary', ({ file, counts: { passed, tests: all, skipped } }) => {
    if (file === undefined) counts = { passed, skipped, failed: all - passed - skipped }
  })
  for await (const text of tests.compose(new spec())) process.stdout.write(text as string)
  return counts
}
