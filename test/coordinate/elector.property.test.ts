/**
 * Three processes, one lease, and everything that can happen to them.
 *
 * `FC_SEED=... npx vitest run test/coordinate/elector.property` repeats the run that reported the seed.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Elector, type ElectorOptions } from '../../src/coordinate/elector.js'
import { LeaseBlock } from '../../src/coordinate/lease-block.js'
import { validityOf } from '../../src/coordinate/timing.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { fuzz } from '../schedule/fuzz.js'
import { linkedStore, MemoryLeaseStore, type Passage, ProcessClock } from './simulated-process.js'

const SECOND = 1_000_000
const TIMING = { ttl: 15 * SECOND, renewDeadline: 8 * SECOND, retry: 2 * SECOND }
/** Grace and kill: what the budget of this timing allows for. */
const LONGEST_STOP = 6 * SECOND
const LONGEST_DELAY = 3 * SECOND
const PROCESSES = 3

const FAULTS = ['freeze', 'suspend', 'forward', 'backward', 'restart', 'crash', 'calm'] as const
type Fault = (typeof FAULTS)[number]

interface Incident {
  readonly fault: Fault
  readonly process: number
  /** Of the fault, and until the next incident. */
  readonly seconds: number
  readonly pause: number
}

interface Scenario {
  readonly seed: number
  /** Chance that a request, and that an answer, is lost. */
  readonly loss: number
  /** Chance that a passage takes long. */
  readonly delay: number
  readonly rates: readonly number[]
  readonly incidents: readonly Incident[]
}

const scenarios = (faults: readonly Fault[]): fc.Arbitrary<Scenario> =>
  fc.record({
    seed: fc.integer(),
    loss: fc.constantFrom(0, 0.05, 0.3),
    delay: fc.constantFrom(0, 0.1, 0.5),
    rates: fc.array(fc.double({ min: 0.996, max: 1.004, noNaN: true }), { minLength: PROCESSES, maxLength: PROCESSES }),
    incidents: fc.array(
      fc.record({
        fault: fc.constantFrom(...faults),
        process: fc.nat(PROCESSES - 1),
        seconds: fc.integer({ min: 1, max: 40 }),
        pause: fc.integer({ min: 0, max: 20 }),
      }),
      { minLength: 1, maxLength: 10 },
    ),
  })

/** T. Ettinger: mulberry32. */
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
type Breach = (options: ElectorOptions) => Partial<ElectorOptions>

class Cluster {
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
    else if (fault === 'forward') clock.jumpWall(seconds * 1_000)
    else if (fault === 'backward') clock.jumpWall(-seconds * 1_000)
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

async function run(scenario: Scenario, breach: Breach = () => ({})): Promise<Cluster> {
  const cluster = new Cluster(scenario, breach)
  await cluster.run()
  return cluster
}

/** Whether some scenario leads to two holders, when a rule is broken. */
async function isCaught(faults: readonly Fault[], breach: Breach): Promise<boolean> {
  const property = fc.asyncProperty(scenarios(faults), async (scenario) => {
    return (await run(scenario, breach)).violations.length === 0
  })
  return (await fc.check(property, { seed: 1, numRuns: 5_000, endOnFailure: true })).failed
}

const grows = (epochs: readonly bigint[]) => epochs.every((epoch, at) => at === 0 || epoch > epochs[at - 1]!)

const FROZEN_OR_SET: readonly Fault[] = ['freeze', 'forward', 'backward', 'restart', 'crash', 'calm']
// A wall clock that is set back hides a suspend that follows within the same validity: both at once is not promised.
const SUSPENDED: readonly Fault[] = ['suspend', 'freeze', 'forward', 'restart', 'crash', 'calm']
const AWAKE: readonly Fault[] = ['forward', 'backward', 'restart', 'crash', 'calm']

describe('three electors and one lease', () => {
  it.each([
    ['processes are frozen and clocks are set', FROZEN_OR_SET],
    ['machines are suspended', SUSPENDED],
  ])(
    'three electors with one lease never hold it at the same instant, and epochs grow, whatever is lost or late while %s',
    async (_, faults) => {
      await fc.assert(
        fc.asyncProperty(scenarios(faults), async (scenario) => {
          const { violations, epochs } = await run(scenario)
          expect(violations).toEqual([])
          expect(grows(epochs)).toBe(true)
        }),
        fuzz(500),
      )
    },
  )

  it('three electors with one lease never work under it at the same time while none is frozen for longer than the lease allows', async () => {
    await fc.assert(
      fc.asyncProperty(scenarios(AWAKE), async (scenario) => {
        expect((await run(scenario)).hasOverlappedWork).toBe(false)
      }),
      fuzz(300),
    )
  })

  it('three electors with one lease have a leader again within the ttl and two attempts after the last fault', async () => {
    await fc.assert(
      fc.asyncProperty(scenarios(FAULTS), async (scenario) => {
        const cluster = await run(scenario)
        expect(await cluster.recover()).toBe(true)
      }),
      fuzz(300),
    )
  })
})

describe('the property of three electors', () => {
  it('the property of three electors fails when validity counts from the answer instead of from before the request', async () => {
    const breach: Breach = ({ clock, publish }) => ({
      publish: (epoch, until) =>
        until === 0
          ? publish(epoch, 0, 0)
          : publish(epoch, clock.now() + validityOf(TIMING.ttl), clock.wallNow() + validityOf(TIMING.ttl) / 1_000),
    })
    expect(await isCaught(['freeze'], breach)).toBe(true)
  })

  it('the property of three electors fails when the wall clock is not looked at', async () => {
    const breach: Breach = ({ clock, publish }) => ({
      clock: { ...bound(clock), wallNow: () => clock.now() / 1_000 },
      publish: (epoch, until) => publish(epoch, until, Number.MAX_SAFE_INTEGER),
    })
    expect(await isCaught(SUSPENDED, breach)).toBe(true)
  })

  it('the property of three electors fails when the lease is given back before its validity has ended in memory', async () => {
    const breach: Breach = ({ publish }) => ({
      publish: (epoch, until, wallUntil) => {
        if (until !== 0) publish(epoch, until, wallUntil)
      },
    })
    expect(await isCaught(FROZEN_OR_SET, breach)).toBe(true)
  })

  it('the property of three electors fails when a renewal that was not answered is believed', async () => {
    const breach: Breach = ({ store }) => ({
      store: { ...store, renew: (...request) => store.renew(...request).catch(() => true) },
    })
    expect(await isCaught(AWAKE, breach)).toBe(true)
  })
})

function bound(clock: ElectorOptions['clock']): ElectorOptions['clock'] {
  return {
    now: () => clock.now(),
    wallNow: () => clock.wallNow(),
    setAlarm: (at, wake) => clock.setAlarm(at, wake),
    clearAlarm: () => clock.clearAlarm(),
    after: (span, callback) => clock.after(span, callback),
    sleep: (span, signal) => clock.sleep(span, signal),
  }
}
