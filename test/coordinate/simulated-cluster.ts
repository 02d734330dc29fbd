/**
 * Three electors that compete for one lease, each in a process of its own, and everything that can happen to the processes.
 * After each quarter of a second it is noted whether two of them hold the lease or work under it.
 */
import { Elector, type ElectorOptions } from '../../src/coordinate/elector.js'
import { LeaseBlock } from '../../src/coordinate/lease-block.js'
import type { Millis } from '../../src/kernel/time.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { linkedStore, MemoryLeaseStore, type Passage, ProcessClock } from './simulated-process.js'

export const SECOND = 1_000_000
export const TIMING = { ttl: 15 * SECOND, renewDeadline: 8 * SECOND, retry: 2 * SECOND }
/** Grace and kill: what the budget of this timing allows for. */
const LONGEST_STOP = 6 * SECOND
const LONGEST_DELAY = 3 * SECOND
export const PROCESSES = 3

/** The faults that set the wall clock of a process. */
export const CLOCK_SET = ['forward', 'backward', 'far_forward', 'far_backward'] as const
export const FAULTS = ['freeze', 'suspend', ...CLOCK_SET, 'restart', 'crash', 'calm'] as const
export type Fault = (typeof FAULTS)[number]

/** By how many milliseconds a fault sets the wall clock of a process, for each second of the incident. */
const CLOCK_SET_BY: Readonly<Partial<Record<Fault, Millis>>> = {
  forward: 1_000,
  backward: -1_000,
  // Up to an hour: far longer than the test waits for a leader.
  far_forward: 90_000,
  far_backward: -90_000,
}

interface Incident {
  readonly fault: Fault
  readonly process: number
  /** Of the fault, and until the next incident. */
  readonly seconds: number
  readonly pause: number
}

export interface Scenario {
  readonly seed: number
  /** Chance that a request, and that an answer, is lost. */
  readonly loss: number
  /** Chance that a passage takes long. */
  readonly delay: number
  readonly rates: readonly number[]
  readonly incidents: readonly Incident[]
}

/** Pseudo-random numbers from 0 to 1: the generator mulberry32 by Tommy Ettinger. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Process {
  readonly clock: ProcessClock
  elector: Elector
  /** Runs under the lease: from its start until it has stopped for certain. */
  isWorking: boolean
}

/** A rule of the elector that is broken: what it is given, and what becomes of it. */
export type Breach = (options: ElectorOptions) => Partial<ElectorOptions>

export class SimulatedCluster {
  readonly world = new VirtualClock({ wall: Date.UTC(2026, 0, 1) })
  readonly epochs: bigint[] = []
  readonly violations: string[] = []
  readonly #scenario: Scenario
  readonly #breach: Breach
  readonly #random: () => number
  readonly #store = new MemoryLeaseStore(this.world)
  readonly #block = LeaseBlock.withLeases(PROCESSES)
  readonly #processes: Process[] = []
  #isFaulty = true
  #holders = 0
  #hasOverlappedWork = false

  constructor(scenario: Scenario, breach: Breach) {
    this.#scenario = scenario
    this.#breach = breach
    this.#random = randomFrom(scenario.seed)
    for (let index = 0; index < PROCESSES; index++) this.#processes[index] = this.#boot(index)
  }

  get hasOverlappedWork(): boolean {
    return this.#hasOverlappedWork
  }

  get isLed(): boolean {
    return this.#heldBy().length > 0
  }

  async run(): Promise<void> {
    await this.#pass(5)
    for (const { fault, process, seconds, pause } of this.#scenario.incidents) {
      this.#strike(fault, process, seconds)
      await this.#pass(pause)
    }
    // The longest fault may have begun just now.
    await this.#pass(this.#scenario.incidents.at(-1)!.seconds)
  }

  async recover(): Promise<boolean> {
    await this.#pass(40)
    this.#isFaulty = false
    const end = this.world.now() + TIMING.ttl + 2 * 1.2 * TIMING.retry + LONGEST_DELAY
    while (!this.isLed && this.world.now() < end) await this.#pass(0.25)
    return this.isLed
  }

  async #pass(seconds: number): Promise<void> {
    for (let left = seconds; left > 0; left -= 0.25) {
      await this.world.advance(0.25 * SECOND)
      this.#look()
    }
  }

  #strike(fault: Fault, index: number, seconds: number): void {
    const process = this.#processes[index]!
    const { clock } = process
    if (fault === 'freeze') clock.freeze(seconds * SECOND)
    else if (fault === 'suspend') clock.suspend(seconds * SECOND)
    else if (fault in CLOCK_SET_BY) clock.jumpWall(seconds * CLOCK_SET_BY[fault]!)
    else if (fault === 'restart') {
      clock.deliver(() => {
        void process.elector.stop().then(() => {
          process.elector = this.#elector(index, process)
          process.elector.start()
        })
      })
    } else if (fault === 'crash') {
      clock.die()
      process.isWorking = false
      this.#block.publish(index, 0n, 0, 0)
      this.#processes[index] = this.#boot(index)
    }
    this.#look()
  }

  #boot(index: number): Process {
    const clock = new ProcessClock(this.world, {
      rate: this.#scenario.rates[index]!,
      offset: Math.floor(this.#random() * 1e9),
      wallOffset: Math.floor((this.#random() - 0.5) * 1e6),
    })
    const process = { clock, isWorking: false } as Process
    process.elector = this.#elector(index, process)
    process.elector.start()
    return process
  }

  #elector(index: number, process: Process): Elector {
    const { clock } = process
    const holder = `holder-${++this.#holders}`
    const store = linkedStore(this.#store, this.world, clock, () => this.#passage())
    const options: ElectorOptions = {
      lease: 'main',
      holder,
      store,
      clock,
      timing: TIMING,
      random: this.#random,
      publish: (epoch, until, wallUntil) => {
        this.#block.publish(index, epoch, until, wallUntil)
        this.#look()
      },
      onGained: (epoch) => {
        this.epochs.push(epoch)
        process.isWorking = true
        this.#look()
      },
      onLosing: async () => {
        await clock.sleep(Math.floor(this.#random() * LONGEST_STOP))
        process.isWorking = false
      },
      onLost: () => {},
      onEvent: () => {},
    }
    const elector = new Elector({ ...options, ...this.#breach(options) })
    void store.watch(() => elector.retrySoon())
    return elector
  }

  #passage(): Passage {
    const { loss, delay } = this.#isFaulty ? this.#scenario : { loss: 0, delay: 0 }
    const span = () => Math.floor(this.#random() * (this.#random() < delay ? LONGEST_DELAY : 0.005 * SECOND))
    const isLost = () => this.#random() < loss
    return {
      there: isLost() ? undefined : span(),
      back: isLost() ? undefined : span(),
      isReset: this.#random() < 0.5,
    }
  }

  #heldBy(): number[] {
    const isHeld = (index: number) => {
      const clock = this.#processes[index]?.clock
      return clock !== undefined && this.#block.isHeld(index, clock.now(), clock.wallNow())
    }
    return [0, 1, 2].filter(isHeld)
  }

  #look(): void {
    const holders = this.#heldBy()
    if (holders.length > 1) this.violations.push(`${holders.join(' and ')} at ${this.world.now() / SECOND} s`)
    if (this.#processes.filter((process) => process?.isWorking).length > 1) this.#hasOverlappedWork = true
  }
}
