/** Checks the invariants of a timing wheel by looking at every bucket, and prints what the buckets hold. */
import type { TimingWheel, WheelParts } from '../../src/schedule/timing-wheel.js'
import { instantOf, tickAfter, type WheelLevel } from '../../src/schedule/wheel-levels.js'

/** A wheel with a few buckets on each level, so that a few operations reach every move and every wrap. */
export const SMALL = [8, 4, 4]

/** @throws Error with everything that is wrong, and a dump. */
export function checkWheel(wheel: TimingWheel): void {
  const faults = [...faultsOf(wheel)]
  if (faults.length > 0) throw new Error(`${faults.join('\n')}\n${dump(wheel)}`)
}

export function armedTimers(wheel: TimingWheel): number[] {
  return Array.from(wheel.expired, (_, timer) => timer).filter((timer) => wheel.isArmed(timer))
}

/** The occupied buckets and their timers, one line each. */
export function dump(wheel: TimingWheel): string {
  const parts = wheel.inspect()
  const lines = [`wheel at tick ${parts.tick} (${instantOf(parts.tick)} µs)`]
  for (const [at, level] of parts.levels.entries()) {
    for (let bucket = level.base; bucket < level.base + level.buckets; bucket++) {
      const timers = nodesOf(parts, bucket).map((node) => describe(parts, node))
      if (timers.length > 0) lines.push(`  level ${at} bucket ${bucket - level.base}: ${timers.join(', ')}`)
    }
  }
  return lines.join('\n')
}

/** How many timers wait on a level. */
export function timersOn(wheel: TimingWheel, at: number): number {
  const parts = wheel.inspect()
  const { base, buckets } = parts.levels[at]!
  return Array.from({ length: buckets }, (_, index) => nodesOf(parts, base + index).length).reduce((a, b) => a + b, 0)
}

function* faultsOf(wheel: TimingWheel): Generator<string> {
  const parts = wheel.inspect()
  const { levels, lists, occupied } = parts
  const listed = new Set<number>()
  for (const [at, level] of levels.entries()) {
    const filled: number[] = []
    for (let bucket = level.base; bucket < level.base + level.buckets; bucket++) {
      const nodes = nodesOf(parts, bucket)
      const circle = [lists.head(bucket), ...nodes]
      for (const [place, node] of circle.entries()) {
        const next = circle[(place + 1) % circle.length]!
        if (lists.next(node) !== next || lists.prev(next) !== node) yield `${node} and ${next} are not linked`
      }
      if (nodes.length > 0) filled.push(bucket)
      if (occupied.has(bucket) !== nodes.length > 0) yield `level ${at}: the bit of bucket ${bucket} is wrong`
      for (const node of nodes) {
        const timer = lists.timer(node)
        if (listed.has(timer)) yield `timer ${timer} is listed twice`
        listed.add(timer)
        if (!belongs(parts, node, level, bucket)) yield `${describe(parts, node)} is in a wrong bucket`
      }
    }
    const found = marked(parts, level)
    if (`${found}` !== `${filled}`) yield `level ${at}: next() finds the buckets ${found} instead of ${filled}`
  }
  for (let timer = 0; timer < lists.timers; timer++) {
    if (wheel.isArmed(timer) !== listed.has(timer)) yield `timer ${timer} is armed, or listed, but not both`
  }
}

/** The timers of a bucket, first to last; no more than there are, should the links run in circles. */
function nodesOf({ lists }: WheelParts, bucket: number): number[] {
  const nodes: number[] = []
  const head = lists.head(bucket)
  for (let node = lists.next(head); node !== head && nodes.length <= lists.timers; node = lists.next(node)) {
    nodes.push(node)
  }
  return nodes
}

/** The marked buckets of a level, found by the search that the wheel uses; no more than there are. */
function marked({ occupied }: WheelParts, { base, buckets }: WheelLevel): number[] {
  const end = base + buckets
  const found: number[] = []
  for (let from = base; from < end && found.length <= buckets; ) {
    const bucket = occupied.next(from, end)
    if (bucket < 0 || bucket >= end) break
    found.push(bucket)
    from = bucket + 1
  }
  return found
}

function belongs(
  { tick: current, levels, lists }: WheelParts,
  node: number,
  level: WheelLevel,
  bucket: number,
): boolean {
  const tick = Math.max(tickAfter(lists.due(node)), current)
  const ahead = level.unit(tick) - level.unit(current)
  if (level === levels[0]) return ahead < level.buckets && bucket === level.bucket(tick)
  if (level !== levels.at(-1)) {
    return ahead > 0 && ahead < level.buckets && bucket === level.bucket(level.unit(tick))
  }
  const parked = level.distance(level.bucket(level.unit(current)), bucket)
  return parked > 0 && parked <= Math.min(ahead, 2)
}

function describe({ lists }: WheelParts, node: number): string {
  const due = lists.due(node)
  return `timer ${lists.timer(node)} due ${due} (tick ${tickAfter(due)})`
}
