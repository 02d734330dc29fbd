/** Instances with the real scheduler, dispatcher and marks, whose leases a test gives and takes, over one key-value in memory. */
import { LocalKeyValue } from '../../../src/coordinate/key-value/local-key-value.js'
import type { TimerDefinition } from '../../../src/kernel/definitions.js'
import type { Millis } from '../../../src/kernel/time.js'
import { Marks } from '../../../src/supervise/marks/marks.js'
import { Simulation } from '../../support/simulation.js'
import { cuttable, settle } from '../pauses/cuttable-store.js'

export class MarkedDeployment {
  readonly values = new LocalKeyValue({ records: new Map(), lastVersion: 0 })
  #epoch = 0n

  nextEpoch(): bigint {
    this.#epoch += 1n
    return this.#epoch
  }

  /** The due moment that the mark of a timer holds. */
  async mark(id: string): Promise<Millis | undefined> {
    const found = await this.values.get(`mark/${id}`, new AbortController().signal)
    return found && JSON.parse(found.value).due
  }

  instance(timers: readonly TimerDefinition[], wall: Millis): MarkedInstance {
    return new MarkedInstance(this, timers, wall)
  }
}

export class MarkedInstance {
  readonly simulation: Simulation
  readonly connection: ReturnType<typeof cuttable>
  readonly marks: Marks
  /** How many writes were sent. */
  writes = 0
  /** The due moment of the oldest tick whose offer is open. */
  openSince: Millis | undefined
  readonly #deployment: MarkedDeployment
  readonly #lease: string

  constructor(deployment: MarkedDeployment, timers: readonly TimerDefinition[], wall: Millis) {
    this.#deployment = deployment
    this.#lease = timers[0]!.lease ?? timers[0]!.offerLease!
    const simulation = new Simulation(timers, () => 1, { wall })
    this.simulation = simulation
    simulation.holdsLease = false
    this.connection = cuttable(deployment.values)
    const { put } = this.connection
    this.connection.put = (...request) => {
      this.writes += 1
      return put(...request)
    }
    this.marks = new Marks({
      timers: simulation.timers,
      clock: simulation.clock,
      period: 2_000_000,
      openSince: () => this.openSince,
      holds: () => simulation.holdsLease,
      judge: (timer, mark, first) => simulation.scheduler.judgeAbsence(timer, mark, first),
      startWaiting: (lane) => simulation.admission.startWaiting(lane),
    })
    simulation.onHandled = (timer, due) => this.marks.handled(timer, due)
    this.marks.opened(this.connection)
    simulation.scheduler.start()
    this.marks.started()
  }

  async lead(): Promise<void> {
    this.simulation.holdsLease = true
    this.marks.gained(this.#lease, this.#deployment.nextEpoch())
    await this.#settle()
  }

  /** Ends as kill -9 does: nothing more is written. */
  die(): void {
    this.connection.failure = new Error('the process has died')
    this.simulation.holdsLease = false
    this.simulation.scheduler.stop()
  }

  /** The lease is gone, and the process lives. */
  lose(): void {
    this.simulation.holdsLease = false
    this.marks.lost(this.#lease)
  }

  /** A stop in good order. */
  async leave(): Promise<void> {
    this.simulation.scheduler.stop()
    await this.marks.leaving(this.#lease)
    this.lose()
  }

  async advance(millis: number): Promise<void> {
    for (let left = millis; left > 0; left -= 50) {
      await this.simulation.advance(Math.min(left, 50))
      await settle()
    }
  }

  get wall(): Millis {
    return this.simulation.clock.wallNow()
  }

  async #settle(): Promise<void> {
    for (let turn = 0; turn < 5; turn++) {
      await settle()
      await this.simulation.advance(0.001)
    }
  }
}
