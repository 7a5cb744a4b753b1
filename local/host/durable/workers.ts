/** What is done with a work item that this host has taken: run the function, decide what follows, commit it. */
import { randomUUID } from 'node:crypto'
import type { Invocation, InvocationResult } from '../invoke.ts'
import type { RegisteredFunction } from '../registry.ts'
import {
  activityCall,
  activityCompleted,
  activityFailed,
  activityResult,
  batchResult,
  entityCall,
  orchestratorCall,
  orchestratorResult,
} from './calls.ts'
import { afterBatch, afterBrokenBatch, afterLock, afterRelease, nextStep, type EntityCommit } from './entity.ts'
import { afterRun, paused, seenBy, terminated, type EpisodeCommit, type OrchestratorResult } from './episode.ts'
import type { DurableFunctions } from './functions.ts'
import { callHttp } from './http-call.ts'
import { entityOf, eventTypes, httpActivityName, type Happening, type HttpRequest } from './protocol.ts'
import type { DurableSettings } from './settings.ts'
import { commitActivity, type ActivityClaim } from './store/activities.ts'
import type { Database } from './store/database.ts'
import { commitEntity, type EntityClaim } from './store/entities.ts'
import { commitEpisode, type EpisodeClaim, type Message } from './store/episodes.ts'
import { isWaiting } from './store/messages.ts'

export interface WorkContext {
  readonly database: Database
  readonly functions: DurableFunctions
  readonly settings: DurableSettings
  readonly invoke: (fn: RegisteredFunction, invocation: Invocation) => Promise<InvocationResult>
}

/** Work on something that another host has taken over meanwhile ends without effect: false. */
export const runEpisode = async (context: WorkContext, claim: EpisodeClaim): Promise<boolean> => {
  const controls = claim.messages.filter(({ kind }) => kind === 'control')
  const now = new Date().toISOString()
  const commit = (consumed: readonly Message[], what: EpisodeCommit): boolean =>
    commitEpisode(context.database, claim, consumed, what, Date.now())
  const end = controls.find(({ happening }) => happening.EventType === eventTypes.executionTerminated)
  if (end !== undefined) {
    const reason = end.happening.Input ?? ''
    return commit(claim.messages, terminated(claim.instance, reason, { now, newId: randomUUID }))
  }
  if (controls.length > 0) return commit(controls, paused(claim.instance, controls.map(happeningOf), now))
  return commit(claim.messages, await runOrchestrator(context, claim, now))
}

const happeningOf = ({ happening }: Message): Happening => happening

const runOrchestrator = async (
  { functions, settings: { httpPollMs }, invoke }: WorkContext,
  { instance, messages }: EpisodeClaim,
  now: string,
): Promise<EpisodeCommit> => {
  const seen = seenBy(instance, messages.map(happeningOf), now)
  const missing = functions.missingFor.bind(functions)
  const follow = (result: OrchestratorResult): EpisodeCommit =>
    afterRun(instance, seen, result, { now, httpPollMs, missing, newId: randomUUID })
  const fn = functions.find('orchestrator', instance.name)
  if (fn === undefined) return follow({ kind: 'broken', message: functions.missing('orchestrator', instance.name)! })
  const result = await invoke(fn, orchestratorCall(instance, seen, httpPollMs))
  try {
    return follow(orchestratorResult(result))
  } catch (error) {
    // What it reports cannot be understood: asked again it would report the same.
    return follow({ kind: 'broken', message: (error as Error).message })
  }
}

export const runActivity = async (context: WorkContext, claim: ActivityClaim): Promise<boolean> =>
  commitActivity(context.database, claim, await resultOf(context, claim), Date.now())

const resultOf = async ({ functions, invoke }: WorkContext, claim: ActivityClaim): Promise<Happening> => {
  if (claim.name === httpActivityName) {
    try {
      return activityCompleted(claim, JSON.stringify(await callHttp(JSON.parse(claim.input!) as HttpRequest)))
    } catch (error) {
      return activityFailed(claim, (error as Error).message)
    }
  }
  const fn = functions.find('activity', claim.name)
  if (fn === undefined) return activityFailed(claim, functions.missing('activity', claim.name)!)
  return activityResult(claim, await invoke(fn, activityCall(claim)))
}

export const runEntity = async (context: WorkContext, claim: EntityClaim): Promise<boolean> => {
  const { database } = context
  const { entity } = claim
  const { step, taken } = nextStep(claim.messages.map(({ message }) => message))
  const decide = await decisionOf(context, entity, step)
  return commitEntity(database, claim, claim.messages.slice(0, taken), decide, Date.now())
}

const decisionOf = async (
  { database, functions, invoke }: WorkContext,
  entity: EntityClaim['entity'],
  step: ReturnType<typeof nextStep>['step'],
): Promise<() => EntityCommit> => {
  switch (step.kind) {
    case 'release':
      return () => afterRelease(entity)
    case 'lock': {
      const { parent: instance, parentExecution: execution } = step.request
      // One that has ended meanwhile would never release it.
      return () =>
        isWaiting(database, { instance, execution }) ? afterLock(entity, step.request) : afterRelease(entity)
    }
    case 'run': {
      const { operations } = step
      const { name } = entityOf(entity.id)
      const fn = functions.find('entity', name)
      if (fn === undefined) {
        return () => afterBrokenBatch(entity, operations, functions.missing('entity', name)!)
      }
      const result = await invoke(fn, entityCall(entity, operations))
      if (result.kind === 'failure') return () => afterBrokenBatch(entity, operations, result.error.message)
      const batch = batchResult(result.returnValue)
      if (batch === undefined) return () => afterBrokenBatch(entity, operations, 'It returned no state of an entity.')
      return () => afterBatch(entity, operations, batch, randomUUID)
    }
  }
}
