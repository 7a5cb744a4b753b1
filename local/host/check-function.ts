/** Checks what an app has registered against what this host has. */
import { isDurableClient } from './durable/functions.ts'
import type { RegisteredFunction } from './registry.ts'
import { resolveBinding, type Settings } from './settings.ts'

/** The function with the `%SETTING%`s of its trigger resolved. Throws naming what this host does not have. */
export const checkFunction = (fn: RegisteredFunction, settings: Settings): RegisteredFunction => {
  if (!/^[a-z][\w-]{0,126}$/i.test(fn.name)) {
    throw new Error(`Function ${fn.name}: expected a name of letters, digits, - and _ that begins with a letter.`)
  }
  for (const [name, binding] of Object.entries(fn.bindings)) {
    if (name === fn.trigger.name || (binding.direction === 'out' && binding.type.toLowerCase() === 'http')) continue
    if (binding.direction === 'in' && isDurableClient(binding)) continue
    throw new Error(
      `Function ${fn.name}: the local host has no ${binding.direction === 'in' ? 'input' : 'output'} binding of type ${binding.type}. See docs/local-differences.md.`,
    )
  }
  return { ...fn, trigger: resolveBinding(fn.trigger, settings, `Function ${fn.name}, ${fn.trigger.type}`) }
}

/** Names are compared without regard to case. */
export const checkNames = (functions: Iterable<RegisteredFunction>): void => {
  const names = new Set<string>()
  for (const { name } of functions) {
    if (names.has(name.toLowerCase())) throw new Error(`Function ${name}: another one has that name but for its case.`)
    names.add(name.toLowerCase())
  }
}
