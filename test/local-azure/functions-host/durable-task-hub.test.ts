import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { DatabaseSync } from 'node:sqlite'
import { eventTypes } from '../../../local/host/durable/protocol.ts'
import type { EpisodeCommit } from '../../../local/host/durable/episode.ts'
import { claimActivity, commitActivity } from '../../../local/host/durable/store/activities.ts'
import { claimEntity, commitEntity } from '../../../local/host/durable/store/entities.ts'
import { claimEpisode, commitEpisode } from '../../../local/host/durable/store/episodes.ts'
import { leaseMs } from '../../../local/host/durable/store/hosts.ts'
import { readInstance, tell } from '../../../local/host/durable/store/instances.ts'
import { createInstance, queueForEntity } from '../../../local/host/durable/store/messages.ts'
import { TaskHub } from '../../../local/host/durable/store/task-hub.ts'
import { newHub } from './durable-world.ts'

const now = 1_000_000

const newInstance = (id: string) => ({
  ...{ id, executionId: `${id}-execution`, name: 'fn', version: '', input: null, parent: null },
})

/** Two hosts of one hub that holds an instance. */
const twoHosts = (t: { after(clean: () => void): void }) => {
  const directory = newHub()
  const hosts = [new TaskHub(directory, 'Hub'), new TaskHub(directory, 'Hub')] as const
  for (const host of hosts) {
    host.enlist(now)
    t.after(() => {
      host.close()
    })
  }
  createInstance(hosts[0].database, newInstance('a'), now)
  return hosts
}

const going: EpisodeCommit = {
  ...{ status: 'Running', appended: [], scheduled: [], cancelled: [], released: [] },
}

const withActivity: EpisodeCommit = {
  ...going,
  scheduled: [{ kind: 'activity', id: 0, name: 'act', input: null }],
}

const claim = (host: TaskHub, at = now) => claimEpisode(host.database, host.hostId, at)

test('an instance is taken by one host, and free again when its episode is committed', (t) => {
  const [one, other] = twoHosts(t)
  const claimed = claim(one)!
  assert.deepEqual([claimed.instance.id, claimed.messages.length], ['a', 1])
  assert.equal(claim(other), undefined)
  assert.equal(commitEpisode(one.database, claimed, claimed.messages, going, now), true)
  assert.equal(claim(other), undefined, 'nothing is due')
  tell(other.database, 'a', 'event', { EventType: eventTypes.eventRaised, EventId: -1, Name: 'e', Input: null }, now)
  assert.equal(claim(other)?.messages[0]?.happening.Name, 'e')
})

test('a host that says nothing for its lease loses what it has, and what it then commits is void', (t) => {
  const [one, other] = twoHosts(t)
  const claimed = claim(one)!
  other.sayAlive(now + leaseMs)
  assert.equal(claim(other), undefined, 'the lease still runs')
  other.sayAlive(now + leaseMs + 1)
  const taken = claim(other)!
  assert.equal(taken.instance.id, 'a')
  assert.equal(commitEpisode(one.database, claimed, claimed.messages, withActivity, now), false)
  assert.equal(claimActivity(one.database, one.hostId), undefined, 'nothing was written')
  assert.equal(readInstance(one.database, 'a')?.status, 'Pending')
  assert.equal(commitEpisode(other.database, taken, taken.messages, going, now), true)
})

test('a host that was struck off goes on under another id', (t) => {
  const [one, other] = twoHosts(t)
  const before = one.hostId
  other.sayAlive(now + leaseMs + 1)
  one.sayAlive(now + leaseMs + 2)
  assert.notEqual(one.hostId, before)
  assert.ok(claim(one))
})

test('a host that was struck off takes nothing until it goes on under another id: nobody would free it', (t) => {
  const [one, other] = twoHosts(t)
  const episode = claim(one)!
  commitEpisode(one.database, episode, episode.messages, withActivity, now)
  tell(one.database, 'a', 'event', { EventType: eventTypes.eventRaised, EventId: -1, Name: 'e', Input: null }, now)
  const signal = { kind: 'operation', id: 's', name: 'add', isSignal: true } as const
  queueForEntity(one.database, '@counter@c', signal, now)
  const takes = () => [claim(one), claimActivity(one.database, one.hostId), claimEntity(one.database, one.hostId, 10)]
  other.sayAlive(now + leaseMs + 1)
  assert.deepEqual(takes(), [undefined, undefined, undefined])
  one.sayAlive(now + leaseMs + 2)
  assert.ok(takes().every((taken) => taken !== undefined))
})

test('a host that says that it lives keeps what it has', (t) => {
  const [one, other] = twoHosts(t)
  const claimed = claim(one)!
  one.sayAlive(now + leaseMs)
  other.sayAlive(now + leaseMs + 1)
  assert.equal(claim(other), undefined)
  assert.equal(commitEpisode(one.database, claimed, claimed.messages, going, now), true)
})

test('what a process had that is gone is free at once', (t) => {
  const [one] = twoHosts(t)
  const { pid } = spawnSync(process.execPath, ['-e', '0'])
  one.database.run(
    'INSERT INTO hosts (id, process, alive_until) VALUES (?, ?, ?)',
    ...(['gone', JSON.stringify({ pid, started: '' }), now + leaseMs] as const),
  )
  one.database.run("UPDATE instances SET owner = 'gone'")
  assert.equal(claim(one), undefined)
  one.sayAlive(now)
  assert.ok(claim(one))
})

test('an activity is taken by one host, and its result is delivered once', (t) => {
  const [one, other] = twoHosts(t)
  const episode = claim(one)!
  commitEpisode(one.database, episode, episode.messages, withActivity, now)
  const activity = claimActivity(one.database, one.hostId)!
  assert.equal(claimActivity(other.database, other.hostId), undefined)
  one.letGo()
  const again = claimActivity(other.database, other.hostId)!
  const result = { EventType: eventTypes.taskCompleted, EventId: -1, TaskScheduledId: 0, Result: '1' }
  assert.equal(commitActivity(one.database, activity, result, now), false)
  assert.equal(commitActivity(other.database, again, result, now), true)
  assert.equal(claim(other)?.messages.length, 1)
})

test('a result for an execution that was followed by another is void', (t) => {
  const [one] = twoHosts(t)
  const episode = claim(one)!
  commitEpisode(one.database, episode, episode.messages, withActivity, now)
  const activity = claimActivity(one.database, one.hostId)!
  tell(one.database, 'a', 'event', { EventType: eventTypes.eventRaised, EventId: -1, Name: 'e', Input: null }, now)
  const second = claim(one)!
  const start = { EventType: eventTypes.executionStarted, EventId: -1, Name: 'fn', Input: '2' }
  const anew = { ...going, continued: { executionId: 'next', start } }
  commitEpisode(one.database, second, second.messages, anew, now)
  const result = { EventType: eventTypes.taskCompleted, EventId: -1, TaskScheduledId: 0, Result: '1' }
  assert.equal(commitActivity(one.database, activity, result, now), true)
  const third = claim(one)!
  assert.deepEqual(
    third.messages.map(({ happening }) => happening.EventType),
    [eventTypes.executionStarted],
  )
  assert.equal(third.instance.executionId, 'next')
})

test('a timer is due in its time, and not at all when it is cancelled', (t) => {
  const [one] = twoHosts(t)
  const episode = claim(one)!
  const scheduled = [10, 20].map((ms, id) => ({ kind: 'timer', id, fireAt: new Date(now + ms).toISOString() }) as const)
  commitEpisode(one.database, episode, episode.messages, { ...going, scheduled }, now)
  assert.equal(claim(one, now + 9), undefined)
  const fired = claim(one, now + 10)!
  assert.deepEqual(
    fired.messages.map(({ happening }) => happening.TimerId),
    [0],
  )
  commitEpisode(one.database, fired, fired.messages, { ...going, cancelled: [1] }, now)
  assert.equal(claim(one, now + 1_000), undefined)
})

test('an entity is worked on by one host, and a locked one hears its holder alone', (t) => {
  const [one, other] = twoHosts(t)
  const operation = { kind: 'operation', id: '1', name: 'add', isSignal: true } as const
  queueForEntity(one.database, '@e@k', operation, now)
  const claimed = claimEntity(one.database, one.hostId, 10)!
  assert.equal(claimEntity(other.database, other.hostId, 10), undefined)
  const locked = { entity: { ...claimed.entity, lockedBy: 'a' }, sent: [], replies: [] }
  assert.equal(
    commitEntity(one.database, claimed, claimed.messages, () => locked, now),
    true,
  )
  queueForEntity(one.database, '@e@k', operation, now)
  assert.equal(claimEntity(one.database, one.hostId, 10), undefined)
  queueForEntity(one.database, '@e@k', { ...operation, id: '2', parent: 'a' }, now)
  const ofHolder = claimEntity(one.database, one.hostId, 10)!
  assert.deepEqual(
    ofHolder.messages.map(({ message }) => message.id),
    ['2'],
  )
  other.sayAlive(now + leaseMs + 1)
  assert.equal(
    commitEntity(one.database, ofHolder, [], () => locked, now),
    false,
  )
})

test('of what waits for an entity no more is read than one batch takes, the oldest first', (t) => {
  const [one] = twoHosts(t)
  for (const id of ['1', '2', '3']) {
    queueForEntity(one.database, '@e@k', { kind: 'operation', id, name: 'add', isSignal: true }, now)
  }
  const { messages } = claimEntity(one.database, one.hostId, 2)!
  assert.deepEqual(
    messages.map(({ message }) => message.id),
    ['1', '2'],
  )
})

test('a disk that takes no more is told as such, and nothing is changed', (t) => {
  const [{ database }] = twoHosts(t)
  database.all('PRAGMA max_page_count = 40')
  const large = { ...newInstance('large'), input: JSON.stringify('x'.repeat(1_000_000)) }
  assert.throws(() => database.transaction(() => createInstance(database, large, now)), /disk is full/)
  assert.equal(readInstance(database, 'large'), undefined)
  assert.ok(readInstance(database, 'a'))
})

test('a hub of another version is refused and left as it is', () => {
  const directory = newHub()
  new TaskHub(directory, 'Hub').close()
  const file = join(directory, 'hub.sqlite')
  const sqlite = new DatabaseSync(file)
  sqlite.exec('PRAGMA user_version = 99')
  sqlite.close()
  assert.throws(
    () => new TaskHub(directory, 'Hub'),
    /hub\.sqlite cannot be opened: it is of version 99, and this host writes version 1\. Nothing was changed\./,
  )
})
