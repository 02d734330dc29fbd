/**
 * Checks the timers of a method that has several: each needs a name of its own, and what belongs to the method must be equal.
 */
import type { LaneDefinition, TimerDefinition } from '../kernel/definitions.js'
import { show } from '../kernel/suggest.js'
import { formatSpan } from '../kernel/time.js'
import { type CronEntry, nameOf, type TimerEntry } from './entries.js'
import type { Report } from './options/check.js'

/** What the timers of a method share. */
const SHARED = [
  'overlap',
  'concurrency',
  'timeout',
  'abortGrace',
  'retry',
  'breaker',
  'scope',
] as const satisfies readonly (keyof LaneDefinition)[]

type Shared = (typeof SHARED)[number]

export function refuseEqualNames(method: string, timers: readonly (TimerEntry | CronEntry)[], report: Report): void {
  if (timers.length < 2) return
  const names = timers.map(nameOf)
  const unnamed = names.filter((name) => name === undefined).length
  if (unnamed > 0) {
    const lacking = unnamed === names.length ? 'none has a name' : `${unnamed} of them has no name`
    report(
      `the method "${method}" has ${timers.length} timers, and ${lacking}: give each one its own, such as { name: 'morning' }`,
    )
  }
  const equal = new Set(names.filter((name, index) => name !== undefined && names.indexOf(name) !== index))
  for (const name of equal) {
    report(`the method "${method}" has more than one timer named ${show(name)}: give each timer its own name`)
  }
}

/** Timers of one method share its runs, and so everything that says how it is run. */
export function refuseUnequalLanes(timers: readonly TimerDefinition[], reportOf: (method: string) => Report): void {
  const first = new Map<string, TimerDefinition>()
  for (const timer of timers) {
    const other = first.get(timer.method)
    if (other === undefined) first.set(timer.method, timer)
    else refuseDifferences(other, timer, reportOf(timer.method))
  }
}

function refuseDifferences(one: TimerDefinition, other: TimerDefinition, report: Report): void {
  for (const option of SHARED) {
    const [left, right] = [textOf(one, option), textOf(other, option)]
    if (left === right) continue
    report(
      `option "${option}" must be equal for all timers of the method, but it is ${left} for ${show(one.name)} and ${right} for ${show(other.name)}`,
    )
  }
}

function textOf(timer: TimerDefinition, option: Shared): string {
  const value = timer[option]
  if (option === 'timeout' || option === 'abortGrace') {
    return typeof value === 'number' ? formatSpan(value) : 'no limit'
  }
  return typeof value === 'object' ? JSON.stringify(value, withUnits) : show(value)
}

const SPANS = ['initial', 'max', 'reset']

function withUnits(key: string, value: unknown): unknown {
  return SPANS.includes(key) && typeof value === 'number' ? formatSpan(value) : value
}
