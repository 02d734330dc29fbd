/**
 * The real scheduler and dispatcher on a virtual clock, with simulated runs whose duration a test chooses.
 */
import { countEvents } from '../../src/counters/count-events.js'
import type { Counters } from '../../src/counters/counters.js'
import { TIMER_ROW } from '../../src/counters/row-shapes.js'
import type { Admission } from '../../src/dispatch/admission.js'
import { createDispatch, type TicketOptions } from '../../src/dispatch/dispatch.js'
import type { Executor, Invocation, InvokedTicket, RunHandle, RunReport } from '../../src/dispatch/executor.js'
import type { Lane, Timer } from '../../src/dispatch/lane.js'
import type { LaneStopper, Tickets } from '../../src/dispatch/lane-stopper.js'
import type { Ticks } from '../../src/dispatch/route-ticks.js'
import type { RunLifecycle } from '../../src/dispatch/run-lifecycle.js'
import type { TimerDefinition } from '../../src/kernel/definitions.js'
import type { DueTick, TimerIndex } from '../../src/kernel/due-tick.js'
import { Events, type RunEnded, type TickSkipped } from '../../src/kernel/events.js'
import type { Micros } from '../../src/kernel/time.js'
import type { ClaimResult } from '../../src/kernel/vocabulary.js'
import type { Due } from '../../src/schedule/cadence.js'
import { Scheduler } from '../../src/schedule/scheduler.js'
import { isInside } from '../../src/schedule/window.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { countersFor, uncataloguedCounts } from './counters.js'

const MILLI = 1_000

/** The behaviour of the n-th run (from 0) of a timer; a number is its duration in milliseconds. */
export type Durations = (run: number, timer: TimerIndex) => number | Plan

export interface Plan {
  /** Duration in milliseconds; Infinity: the run never ends. */
  readonly takes: number
  readonly fails?: boolean
  /** The thread ends during the run, and the run is charged with it. */
  readonly crashes?: boolean
  /** Milliseconds from the abort to the end of the run. Default: it ignores the abort. */
  readonly stopsIn?: number
}

const NOTHING = {
  startedAt: undefined,
  endedAt: undefined,
  isSynchronous: false,
  error: undefined,
  isBlamed: false,
  nextInterval: undefined,
  threadId: 1,
}

export interface SimulationOptions {
  readonly wall?: number
  readonly start?: number
  /** For timers of scope `queue`. */
  readonly tickets?: TicketOptions
  readonly clock?: VirtualClock
}

export class Simulation {
  readonly clock: VirtualClock
  readonly events = new Events()
  readonly counters: Counters
  readonly lanes: readonly Lane[]
  readonly timers: readonly Timer[]
  readonly scheduler: Scheduler
  readonly admission: Admission
  readonly ticks: Ticks
  readonly tickets: Tickets | undefined
  readonly lifecycle: RunLifecycle
  readonly stopper: LaneStopper
  /** Start and end of each run in milliseconds since the start of the simulation, with the tick's due moment. */
  readonly runs: { readonly entrypoint: string; readonly due: number; readonly start: number; end?: number }[] = []
  readonly skipped: TickSkipped[] = []
  readonly ended: RunEnded[] = []
  /** The largest number of runs of each timer that were in progress at once. */
  readonly mostAtOnce: number[]
  /** `one`: a single thread, which performs its runs one after another. */
  threads: 'idle' | 'busy' | 'down' | 'one' = 'idle'
  holdsLease = true
  /** Milliseconds from the hand-over of a run to its thread until that could call the method. */
  threadDelay = 0
  claim: (tick: DueTick) => Promise<ClaimResult> = async () => 'claimed'
  onHandled: (timer: TimerIndex, due: Due) => void = () => {}
  /** Called when the method of a ticket is called. */
  onTicketStarted: (tick: DueTick, ticket: InvokedTicket) => void = () => {}
  readonly #origin: Micros
  /** What the single thread has been handed. */
  readonly #line = new SingleThread()
  readonly #stopsIn = new WeakMap<AbortController, number | undefined>()

  constructor(
    definitions: readonly TimerDefinition[],
    durations: Durations,
    { wall = Date.UTC(2026, 0, 5), start = 1_000_000, tickets, clock: given }: SimulationOptions = {},
  ) {
    this.clock = given ?? new VirtualClock({ start, wall })
    this.#origin = this.clock.now()
    this.mostAtOnce = definitions.map(() => 0)
    this.counters = countersFor(definitions)
    countEvents(this.events, this.counters)
    const { clock, events } = this
    const {
      timers,
      lanes,
      admission,
      ticks,
      tickets: parts,
      lifecycle,
      stopper,
    } = createDispatch({
      definitions,
      counters: this.counters,
      executor: this.#executor(durations),
      coordination: { holds: () => this.holdsLease, claim: (_timer, tick) => this.claim(tick) },
      clock,
      events,
      isInside,
      onInterval: ({ index }, interval) => this.scheduler.changeInterval(index, interval),
      tickets,
    })
    this.scheduler = new Scheduler({
      clock,
      events,
      onLag: () => {},
      leadOf: () => 2_500,
      sink: ticks,
      timers: definitions,
      onHandled: (timer, due) => this.onHandled(timer, due),
      onNextDue: (timer, wall, period) => {
        const row = this.counters.timer(timer)
        row.set(TIMER_ROW.at.nextTick, wall ?? 0)
        row.set(TIMER_ROW.at.interval, period)
      },
    })
    this.timers = timers
    this.lanes = lanes
    this.admission = admission
    this.ticks = ticks
    this.tickets = parts
    this.lifecycle = lifecycle
    this.stopper = stopper
    this.events.on('tick.skipped', (event) => this.skipped.push(event))
    this.events.on('run.ended', (event) => this.ended.push(event))
  }

  get elapsed(): number {
    return (this.clock.now() - this.#origin) / MILLI
  }

  async advance(millis: number): Promise<void> {
    await this.clock.advance(millis * MILLI)
  }

  /** Skipped ticks of a timer, by reason. */
  skips(timer = 0): Record<string, number> {
    return Object.fromEntries(
      Object.entries(this.timers[timer]!.ledger.counts().skipped).filter(([, count]) => count > 0),
    )
  }

  /** What was counted though the catalogue says that it cannot occur to its timer: none. */
  get uncataloguedCounts(): string[] {
    return uncataloguedCounts(this.counters)
  }

  /** Sum of the imbalances of all ledgers: 0 when they balance. */
  get imbalance(): number {
    return this.timers.reduce((sum, { ledger }) => sum + Math.abs(ledger.imbalance), 0)
  }

  #executor(durations: Durations): Executor {
    const counts = this.mostAtOnce.map(() => 0)
    const active = this.mostAtOnce.map(() => 0)
    const run = (timer: TimerIndex, { tick, ticket }: Invocation, reported: (report: RunReport) => void): RunHandle => {
      const turn = this.threads === 'one' ? this.#line.join() : undefined
      const done = (report: RunReport) => {
        reported(report)
        turn?.end()
      }
      const ending = new AbortController()
      let startedAt: Micros | undefined
      let isCalledOff = false
      let callBefore = ticket?.callBefore ?? Number.POSITIVE_INFINITY
      const begin = async () => {
        await this.clock.sleep(Math.max(0, tick.dueMono - this.clock.now(), this.threadDelay * MILLI))
        await turn?.comes
        if (isCalledOff) {
          turn?.end()
          return
        }
        if (this.threadDelay > 0 && this.clock.now() > tick.startBy) {
          done({ ...NOTHING, result: 'missed' })
          return
        }
        if (this.clock.now() >= callBefore) {
          done({ ...NOTHING, result: 'not_leader' })
          return
        }
        startedAt = this.clock.now()
        if (ticket) this.onTicketStarted(tick, ticket)
        active[timer]!++
        this.mostAtOnce[timer] = Math.max(this.mostAtOnce[timer]!, active[timer]!)
        const record: (typeof this.runs)[number] = {
          entrypoint: this.timers[timer]!.definition.id,
          due: (tick.dueMono - this.#origin) / MILLI,
          start: this.elapsed,
        }
        this.runs.push(record)
        const plan = durations(counts[timer]!++, timer)
        const { takes, fails = false, crashes = false, stopsIn } = typeof plan === 'number' ? { takes: plan } : plan
        this.#stopsIn.set(ending, stopsIn)
        const how = await this.clock.sleep(takes * MILLI, ending.signal).then(
          () => (crashes ? 'crashed' : fails ? 'failed' : 'completed'),
          (reason) => reason as 'failed' | 'crashed',
        )
        record.end = this.elapsed
        active[timer]!--
        const error = how === 'completed' ? undefined : { name: 'Error', message: how }
        done({
          ...NOTHING,
          result: how,
          startedAt,
          endedAt: this.clock.now(),
          error,
          isBlamed: crashes && how === 'crashed',
        })
      }
      void begin()
      return {
        get hasStarted() {
          return startedAt !== undefined
        },
        hasReturned: false,
        get startedAt() {
          return startedAt
        },
        mayCallBefore(moment) {
          callBefore = moment
        },
        cancel() {
          if (startedAt !== undefined) return false
          isCalledOff = true
          // Its turn on the single thread comes nevertheless.
          queueMicrotask(() => reported({ ...NOTHING, result: 'cancelled' }))
          return true
        },
        abort: () => {
          const stopsIn = this.#stopsIn.get(ending)
          if (stopsIn !== undefined) this.clock.after(stopsIn * MILLI, () => ending.abort('failed'))
        },
        kill: () => ending.abort('crashed'),
      }
    }
    return {
      place: (timer) =>
        this.threads === 'down'
          ? undefined
          : {
              isIdle: this.threads === 'idle' || (this.threads === 'one' && this.#line.load === 0),
              load: this.threads === 'one' ? this.#line.load : this.threads === 'idle' ? 0 : Number.POSITIVE_INFINITY,
              run: (invocation, done) => run(timer, invocation, done),
            },
    }
  }
}

/** A thread that performs what it is handed one after another. */
class SingleThread {
  #last: Promise<void> = Promise.resolve()
  load = 0

  join(): { readonly comes: Promise<void>; readonly end: () => void } {
    const comes = this.#last
    this.load++
    let end = () => {}
    this.#last = new Promise((resolve) => {
      end = () => {
        this.load--
        resolve()
      }
    })
    return { comes, end }
  }
}
