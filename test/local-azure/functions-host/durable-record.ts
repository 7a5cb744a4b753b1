/** Many instances of the fixture's orchestration `work`, and the record that its hosts keep of what they run. */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createInstance } from '../../../local/host/durable/store/messages.ts'
import { TaskHub } from '../../../local/host/durable/store/task-hub.ts'

export const idsOf = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `work-${i}`)

/** Puts instances into a hub, all at once. */
export const putInstances = (directory: string, ids: readonly string[]): void => {
  const hub = new TaskHub(directory, 'FixtureHub')
  hub.database.transaction(() => {
    for (const id of ids) {
      const instance = { id, executionId: randomUUID(), name: 'work', version: '', input: null, parent: null }
      createInstance(hub.database, instance, Date.now())
    }
  })
  hub.close()
}

/** What `work` returns. */
export const outputOf = (id: string) => ({
  first: `${id}-first`,
  all: [`${id}-a`, `${id}-b`, `${id}-part`],
  failure: `Activity function 'failingPiece' failed: no ${id}-failing \n `,
  sum: 3,
})

export interface Run {
  readonly hook: 'begin' | 'end'
  readonly name: string
  readonly key: string
  readonly pid: string
}

export const readRecord = (file: string): readonly Run[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [hook, name, key, pid] = line.split(' ') as [Run['hook'], string, string, string]
      return { hook, name, key, pid }
    })

/** Keys that ran twice at once, in the order of the record. A process that was killed ends nothing. */
export const overlapsIn = (runs: readonly Run[], killed: ReadonlySet<string>): readonly string[] => {
  const open = new Map<string, string>()
  return runs.flatMap(({ hook, name, key, pid }) => {
    const what = `${name} ${key}`
    const by = open.get(what)
    if (hook === 'end') {
      open.delete(what)
      return by === pid ? [] : [`${what}: ended by ${pid}, begun by ${by}`]
    }
    open.set(what, pid)
    return by === undefined || killed.has(by) ? [] : [`${what}: begun by ${pid} while ${by} was at it`]
  })
}
