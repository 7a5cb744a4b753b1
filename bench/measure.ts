/** One benchmark in a process of its own, named by the argument; its result goes to the parent. */
import { measureAllocation } from './allocation.ts'
import { measureRequestUnits } from './request-units.ts'
import { measureTime } from './time.ts'

const benchmarks = { time: measureTime, allocation: measureAllocation, requestUnits: measureRequestUnits }

process.send?.(await benchmarks[process.argv[2] as keyof typeof benchmarks]())
