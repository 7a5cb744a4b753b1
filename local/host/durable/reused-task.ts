/** Finds a task in flight that an orchestrator has put into another `Task.any` or `Task.all`. */
import { actionTypes, type Action } from './protocol.ts'

/**
 * Each task reports an object of its own: the same one twice is a task used twice, which Azure would schedule a second time
 * and whose results then go to the wrong tasks (azure-functions-durable-js, issue 574). Events have no number and may be. Only
 * the objects themselves tell: after a way through JSON they are alike.
 */
export const reusedTask = (result: unknown): Action | undefined => {
  const { actions } = (result ?? {}) as { readonly actions?: readonly (readonly Action[])[] }
  const seen = new Set<Action>()
  return (actions ?? [])
    .flat()
    .flatMap(leavesOf)
    .find((action) => {
      const isAgain = seen.has(action)
      seen.add(action)
      return isAgain && action.actionType !== actionTypes.waitForExternalEvent
    })
}

const leavesOf = (action: Action): readonly Action[] =>
  'compoundActions' in action ? action.compoundActions.flatMap(leavesOf) : [action]

export const actionText = (action: Action): string => {
  if ('functionName' in action) return `task of "${action.functionName}"`
  return action.actionType === actionTypes.createTimer ? 'timer' : 'task'
}
