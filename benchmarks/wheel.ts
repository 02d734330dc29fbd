/**
 * The timing wheel against Node's timers and a 4-ary heap, with no sleeping: time is virtual.
 *
 * - `insert+cancel`: n timers are pending, 1 to 1000 ms ahead; each operation cancels one and inserts another. The oldest
 *   is cancelled first, as deadlines are; "at random" is the worst case, where every operation misses the cache.
 * - `expire+rearm`: n periodic timers of 100 ms; the clock goes from one expiry to the next, as a scheduler's does, and
 *   each operation returns one timer and arms it again. Timers due one after the other lie one after the other in memory;
 *   "at random" they do not. Node's timers cannot run in virtual time: there n timers of 1 ms arm themselves again in real
 *   time, which keeps the thread busy from some thousands on (below that, it is the millisecond that limits them).
 * - memory: what n pending timers take, over and above the handles.
 *
 * Every round sets up anew and warms up, and contenders take turns; the median round counts.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { DueBatch } from '../dist/src/schedule/due-batch.js'
import type { TimerHandle } from '../dist/src/schedule/timer-slab.js'
import { TimingWheel } from '../dist/src/schedule/timing-wheel.js'
import { percentile, type Row } from './report.js'

/** Ten days of uptime: the clock of a real process is no small integer. */
const START = 864_000_000_000
const PERIOD = 100_000
const LONGEST_DELAY_MS = 1_000

const SIZES = { quick: [1_000, 100_000], full: [1_000, 10_000, 100_000, 1_000_000] }
const ROUNDS = { quick: 5, full: 9 }
const OPERATIONS = 200_000
const HOUR_MS = 3_600_000
const HANDLE_BYTES = 8

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** A population of pending timers. */
interface Churn {
  /** Cancels each victim and inserts a timer in its place. */
  run(victims: Int32Array, delays: Int32Array): void
  clear(): void
}

class WheelChurn implements Churn {
  readonly #wheel = new TimingWheel({ start: START })
  readonly #handles: Float64Array

  constructor(delays: Int32Array) {
    this.#handles = new Float64Array(delays.length)
    for (let at = 0; at < delays.length; at++) this.#handles[at] = this.#wheel.insert(START + delays[at]! * 1_000, at)
  }

  run(victims: Int32Array, delays: Int32Array): void {
    const wheel = this.#wheel
    const handles = this.#handles
    for (let at = 0; at < victims.length; at++) {
      const victim = victims[at]!
      if (!wheel.cancel(handles[victim] as TimerHandle)) throw new Error('the wheel lost a timer')
      handles[victim] = wheel.insert(START + delays[at]! * 1_000, victim)
    }
  }

  clear(): void {}
}

class HeapChurn implements Churn {
  readonly #heap: QuaternaryHeap
  readonly #handles: Float64Array

  constructor(delays: Int32Array) {
    this.#heap = new QuaternaryHeap(delays.length)
    this.#handles = new Float64Array(delays.length)
    for (let at = 0; at < delays.length; at++) this.#handles[at] = this.#heap.insert(START + delays[at]! * 1_000, 0, at)
  }

  run(victims: Int32Array, delays: Int32Array): void {
    const heap = this.#heap
    const handles = this.#handles
    for (let at = 0; at < victims.length; at++) {
      const victim = victims[at]!
      heap.cancel(handles[victim]!)
      handles[victim] = heap.insert(START + delays[at]! * 1_000, 0, victim)
    }
  }

  clear(): void {}
}

class NodeChurn implements Churn {
  readonly #handles: NodeJS.Timeout[]

  constructor(delays: Int32Array) {
    this.#handles = Array.from(delays, (delay) => setTimeout(nothing, delay))
  }

  run(victims: Int32Array, delays: Int32Array): void {
    const handles = this.#handles
    for (let at = 0; at < victims.length; at++) {
      const victim = victims[at]!
      clearTimeout(handles[victim])
      handles[victim] = setTimeout(nothing, delays[at])
    }
  }

  clear(): void {
    for (const handle of this.#handles) clearTimeout(handle)
  }
}

function nothing(): void {}

const CHURNS: Record<string, new (delays: Int32Array) => Churn> = {
  wheel: WheelChurn,
  setTimeout: NodeChurn,
  heap: HeapChurn,
}

/** Periodic timers, and a clock that goes on until `count` of them have come. Returns a sum that depends on each. */
interface Beat {
  run(count: number): number
}

class WheelBeat implements Beat {
  readonly #wheel = new TimingWheel({ start: START })
  readonly #batch = new DueBatch(1_024)

  constructor(phases: Int32Array) {
    for (const [at, phase] of phases.entries()) this.#wheel.insertPeriodic(START + phase, PERIOD, at)
  }

  run(count: number): number {
    const wheel = this.#wheel
    const batch = this.#batch
    const { payload } = batch
    let sum = 0
    for (let done = 0; done < count; done += batch.length) {
      wheel.advance(wheel.nextExpiry(), batch)
      for (let entry = 0; entry < batch.length; entry++) sum += payload[entry]!
    }
    return sum
  }
}

class HeapBeat implements Beat {
  readonly #heap: QuaternaryHeap
  readonly #payload = new Int32Array(1_024)

  constructor(phases: Int32Array) {
    this.#heap = new QuaternaryHeap(phases.length)
    for (const [at, phase] of phases.entries()) this.#heap.insert(START + phase, PERIOD, at)
  }

  run(count: number): number {
    const heap = this.#heap
    const payload = this.#payload
    let sum = 0
    for (let done = 0; done < count; ) {
      const length = heap.advance(heap.nextExpiry(), payload)
      for (let entry = 0; entry < length; entry++) sum += payload[entry]!
      done += length
    }
    return sum
  }
}

const BEATS: Record<string, new (phases: Int32Array) => Beat> = { wheel: WheelBeat, heap: HeapBeat }

/** The baseline: as lean as a heap with cancel can be. Typed arrays, four children to a node, and where each timer is. */
class QuaternaryHeap {
  #size = 0
  #free = 0
  readonly #timers: Int32Array
  readonly #places: Int32Array
  readonly #due: Float64Array
  readonly #period: Float64Array
  readonly #payload: Int32Array

  constructor(capacity: number) {
    this.#timers = new Int32Array(capacity)
    this.#places = new Int32Array(capacity)
    this.#due = new Float64Array(capacity)
    this.#period = new Float64Array(capacity)
    this.#payload = new Int32Array(capacity)
    for (let timer = 0; timer < capacity; timer++) this.#places[timer] = timer + 1
  }

  insert(due: number, period: number, payload: number): number {
    const timer = this.#free
    this.#free = this.#places[timer]!
    this.#due[timer] = due
    this.#period[timer] = period
    this.#payload[timer] = payload
    this.#up(this.#size++, timer)
    return timer
  }

  cancel(timer: number): void {
    const place = this.#places[timer]!
    const last = this.#timers[--this.#size]!
    if (last !== timer) {
      if (place > 0 && this.#due[last]! < this.#due[this.#timers[(place - 1) >> 2]!]!) this.#up(place, last)
      else this.#down(place, last)
    }
    this.#places[timer] = this.#free
    this.#free = timer
  }

  nextExpiry(): number {
    return this.#due[this.#timers[0]!]!
  }

  advance(now: number, payload: Int32Array): number {
    let length = 0
    while (length < payload.length) {
      const timer = this.#timers[0]!
      if (this.#due[timer]! > now) break
      payload[length++] = this.#payload[timer]!
      this.#due[timer]! += this.#period[timer]!
      this.#down(0, timer)
    }
    return length
  }

  #up(from: number, timer: number): void {
    const due = this.#due[timer]!
    let place = from
    while (place > 0) {
      const parent = (place - 1) >> 2
      const other = this.#timers[parent]!
      if (this.#due[other]! <= due) break
      this.#put(place, other)
      place = parent
    }
    this.#put(place, timer)
  }

  #down(from: number, timer: number): void {
    const due = this.#due[timer]!
    let place = from
    for (let first = 4 * place + 1; first < this.#size; first = 4 * place + 1) {
      const end = Math.min(first + 4, this.#size)
      let least = first
      for (let child = first + 1; child < end; child++) {
        if (this.#due[this.#timers[child]!]! < this.#due[this.#timers[least]!]!) least = child
      }
      const other = this.#timers[least]!
      if (this.#due[other]! >= due) break
      this.#put(place, other)
      place = least
    }
    this.#put(place, timer)
  }

  #put(place: number, timer: number): void {
    this.#timers[place] = timer
    this.#places[timer] = place
  }
}

export async function wheel({ quick }: { quick: boolean }): Promise<Row[]> {
  const sizes = quick ? SIZES.quick : SIZES.full
  const rounds = quick ? ROUNDS.quick : ROUNDS.full
  // Memory first, while the process has grown by nothing else.
  const memory: Row[] = []
  for (const contender of Object.keys(CHURNS)) memory.push(...(await memoryOf(contender, sizes.at(-1)!)))
  const rows: Row[] = []
  for (const order of ['', ' at random'] as const) {
    for (const n of sizes) rows.push(...takeTurns(CHURNS, `insert+cancel${order}`, n, rounds, churn(n, order)))
  }
  for (const order of ['', ' at random'] as const) {
    for (const n of sizes) rows.push(...takeTurns(BEATS, `expire+rearm${order}`, n, rounds, beat(n, order)))
  }
  for (const n of sizes) rows.push(...rearmRow(n, await nodeRearm(n)))
  return [...rows, ...memory]
}

/** Appended to the name of the case. */
type Order = '' | ' at random'

type Contender<T> = new (timers: Int32Array) => T

/** One sample: sets a contender up, and returns nanoseconds for each operation. */
type Sample<T> = (contender: Contender<T>) => number

function churn(n: number, order: Order): Sample<Churn> {
  const initial = randomIntegers(n, LONGEST_DELAY_MS)
  const delays = randomIntegers(2 * OPERATIONS, LONGEST_DELAY_MS)
  const victims = order === ' at random' ? randomIntegers(2 * OPERATIONS, n) : delays.map((_, at) => at % n)
  return (Contender) => {
    const churn = new Contender(initial)
    churn.run(victims.subarray(0, OPERATIONS), delays)
    const cost = nanoseconds(() => churn.run(victims.subarray(OPERATIONS), delays)) / OPERATIONS
    churn.clear()
    return cost
  }
}

function beat(n: number, order: Order): Sample<Beat> {
  const phases =
    order === ' at random'
      ? randomIntegers(n, PERIOD)
      : Int32Array.from({ length: n }, (_, at) => Math.ceil(((at + 1) * PERIOD) / n))
  const count = Math.max(OPERATIONS, n)
  return (Contender) => {
    const beat = new Contender(phases)
    beat.run(count)
    return nanoseconds(() => beat.run(count)) / count
  }
}

/** n timers of Node, each arming itself again when it fires, for a second: nanoseconds for each firing. */
async function nodeRearm(n: number): Promise<number> {
  let fired = 0
  let isOver = false
  const fire = () => {
    fired++
    if (!isOver) setTimeout(fire, 1)
  }
  for (let at = 0; at < n; at++) setTimeout(fire, 1)
  const begun = process.hrtime.bigint()
  await sleep(1_000)
  const cost = Number(process.hrtime.bigint() - begun) / fired
  isOver = true
  await sleep(10)
  return cost
}

function rearmRow(n: number, cost: number): Row[] {
  const row = { bench: 'wheel', case: 'expire+rearm', contender: 'setTimeout', n }
  return [
    { ...row, metric: 'throughput', unit: 'ops/s', value: 1e9 / cost },
    { ...row, metric: 'cost', unit: 'ns/op', value: cost },
  ]
}

const keptAlive: unknown[] = []

function takeTurns<T>(
  contenders: Record<string, Contender<T>>,
  title: string,
  n: number,
  rounds: number,
  sample: Sample<T>,
): Row[] {
  const names = Object.keys(contenders)
  const costs = names.map((): number[] => [])
  // V8 discards the code it compiled for a class when a collection takes the last instance.
  keptAlive.push(...names.map((name) => new contenders[name]!(Int32Array.of(1))))
  for (let round = 0; round < rounds; round++) {
    for (const [at, name] of names.entries()) {
      // Nobody pays for the garbage of who ran before.
      collectGarbage()
      costs[at]!.push(sample(contenders[name]!))
    }
  }
  return names.flatMap((contender, at) => {
    const sorted = costs[at]!.toSorted((a, b) => a - b)
    const cost = percentile(sorted, 50)
    const row = { bench: 'wheel', case: title, contender, n }
    return [
      { ...row, metric: 'throughput', unit: 'ops/s', value: 1e9 / cost },
      { ...row, metric: 'cost', unit: 'ns/op', value: cost },
      { ...row, metric: 'cost, slowest round', unit: 'ns/op', value: percentile(sorted, 100) },
    ]
  })
}

/**
 * What n pending timers take: allocated (on the heap and in array buffers), and resident. The 8 bytes of a handle, which
 * every contender's user keeps, are not counted.
 */
async function memoryOf(contender: string, n: number): Promise<Row[]> {
  // Far enough ahead that none of Node's timers comes while memory settles.
  const delays = randomIntegers(n, LONGEST_DELAY_MS).map((delay) => delay + HOUR_MS)
  const before = await usage()
  const churn = new CHURNS[contender]!(delays)
  const after = await usage()
  churn.clear()
  const row = { bench: 'wheel', case: 'pending timers', contender, n, unit: 'bytes/timer' }
  return [
    { ...row, metric: 'memory', value: (after.allocated - before.allocated) / n - HANDLE_BYTES },
    { ...row, metric: 'resident memory', value: (after.resident - before.resident) / n - HANDLE_BYTES },
  ]
}

/** Array buffers are given back by another thread some time after the collection, hence the pause. */
async function usage(): Promise<{ allocated: number; resident: number }> {
  collectGarbage()
  await sleep(200)
  collectGarbage()
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage()
  return { allocated: heapUsed + arrayBuffers, resident: rss }
}

function nanoseconds(work: () => unknown): number {
  const start = process.hrtime.bigint()
  work()
  return Number(process.hrtime.bigint() - start)
}

/** The same numbers in every run (xorshift32). */
function randomIntegers(length: number, max: number): Int32Array {
  let state = 2_463_534_242
  return Int32Array.from({ length }, () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % max
  })
}
