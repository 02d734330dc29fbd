/**
 * One lease, and this process's part in the contest for it.
 *
 *     idle --start--> candidate --granted--> leading --.
 *                      |     ^                  |      | stop: renews on while what runs is stopped
 *                 stop |     | released,        | said no, not confirmed in time, expired
 *                      v     | best effort      v      v
 *                   stopped  '---------------- losing -'
 *                      ^                        |
 *                      '-------- stop ----------'
 *
 * The rules, each of which has cost somebody a second leader:
 *
 *   - Validity counts from before the request was sent, on both clocks ({@link readClocks}).
 *   - No answer is not an answer. A renewal that may have succeeded has not; a grant that may have been made is looked for
 *     by asking again, and given back: nobody leads under an epoch it was not told.
 *   - After every wait the clocks are looked at before anything else, the answer included: the process may have been
 *     frozen meanwhile ({@link nextStep}).
 *   - An answer that says no ends the validity in memory at once. Silence does not: the lease runs out there by itself, and
 *     what is left of it is for stopping what runs.
 *   - It is given back only when everything under it has stopped and its validity has ended in memory, or not at all.
 */
import type { Clock } from '../kernel/clock.js'
import { type Micros, type Millis, millisFromMicros } from '../kernel/time.js'
import type { LeaseEvent, LossCause } from '../kernel/vocabulary.js'
import { type LeaseTerm, nextStep } from './lease-term.js'
import { Pause } from './pause.js'
import type { LeaseStore } from './ports.js'
import { ask } from './stores/ask.js'
import { type LeaseTiming, readClocks, storeSpan, validityOf } from './timing.js'

export interface ElectorOptions {
  /** The name of the lease in the store. */
  readonly lease: string
  /** Unique to this start of this process: a host name is not. */
  readonly holder: string
  readonly store: LeaseStore
  readonly clock: Clock
  readonly timing: LeaseTiming
  /** From 0 up to, not including, 1. */
  readonly random: () => number
  /** Writes validity where all threads see it; both ends are 0 when it is over. */
  readonly publish: (epoch: bigint, until: Micros, wallUntil: Millis) => void
  /** What is to run under the lease may start. */
  readonly onGained: (epoch: bigint) => void
  /**
   * Nothing starts any more, and what runs is to stop. Resolves when everything has stopped for certain, never rejects.
   * While it is pending for `stopping` the lease is renewed; when that fails it is called again with a graver cause.
   */
  readonly onLosing: (cause: LossCause) => Promise<void>
  /** Everything has stopped, and the lease is not held. */
  readonly onLost: (cause: LossCause) => void
  /** For metrics and the log. */
  readonly onEvent: (event: LeaseEvent, error?: unknown) => void
}

export type ElectorState = 'idle' | 'candidate' | 'leading' | 'losing' | 'stopped'

/** Attempts of several candidates spread over this share of the retry period more. */
const RETRY_SPREAD = 0.2

/** A hint sends all candidates to the store: over this share of the retry period. */
const HINT_SPREAD = 0.05

const RELEASE_ATTEMPTS = 2

export class Elector {
  readonly #options: ElectorOptions
  readonly #pause: Pause
  #state: ElectorState = 'idle'
  #isStopping = false
  #isHinted = false
  /** Everything has stopped that was told to by {@link stop}. */
  #isDrained = false
  #running: Promise<void> = Promise.resolve()

  constructor(options: ElectorOptions) {
    this.#options = options
    this.#pause = new Pause(options.clock)
  }

  get state(): ElectorState {
    return this.#state
  }

  /** Asks for the lease, and goes on asking. */
  start(): void {
    if (this.#state !== 'idle') return
    this.#state = 'candidate'
    this.#running = this.#run()
  }

  /** The lease may have become free. */
  hint(): void {
    if (this.#state !== 'candidate' || this.#isHinted) return
    this.#isHinted = true
    this.#pause.end()
  }

  /** The clocks may have moved in a way that no alarm notices: the wall clock was set, or the machine was suspended. */
  check(): void {
    if (this.#state === 'leading' || this.#state === 'losing') this.#pause.end()
  }

  /**
   * Stops what runs under the lease and gives it back, if it is held. As long as something cannot be stopped, the result is
   * pending: the lease is kept then, because nobody else may start the same.
   */
  stop(): Promise<void> {
    if (!this.#isStopping) {
      this.#isStopping = true
      if (this.#state === 'leading') this.#drain()
      this.#pause.end()
    }
    return this.#running.then(() => {
      this.#state = 'stopped'
    })
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      const leaseTerm = await this.#campaign()
      if (leaseTerm === undefined) return
      if (this.#isStopping) await this.#release(leaseTerm.epoch)
      else await this.#resign(leaseTerm.epoch, await this.#lead(leaseTerm))
    }
  }

  /** Asks until the lease is granted; undefined when told to stop before that. */
  async #campaign(): Promise<LeaseTerm | undefined> {
    const { random, timing } = this.#options
    for (;;) {
      this.#isHinted = false
      const leaseTerm = await this.#acquire()
      if (leaseTerm || this.#isStopping) return leaseTerm
      if (!this.#isHinted) await this.#pause.last(timing.retry * (1 + RETRY_SPREAD * random()))
      if (this.#isHinted && !this.#isStopping) await this.#pause.last(timing.retry * HINT_SPREAD * random())
      if (this.#isStopping) return undefined
    }
  }

  async #acquire(): Promise<LeaseTerm | undefined> {
    const { lease, holder, store, clock, timing, onEvent } = this.#options
    const confirmed = readClocks(clock)
    try {
      const answer = await ask(
        clock,
        timing.retry,
        (signal) => store.acquire(lease, holder, storeSpan(timing.ttl), signal),
        (late) => late.kind === 'granted' && void this.#release(late.epoch),
      )
      if (answer.kind === 'held') {
        // An earlier request was granted without this process hearing of it. Since when, it cannot know.
        if (answer.holder === holder) this.#isHinted = await this.#release(answer.epoch)
        return undefined
      }
      const leaseTerm = { epoch: answer.epoch, confirmed, asked: confirmed.at }
      if (nextStep(timing, leaseTerm, readClocks(clock)).kind !== 'lose') return leaseTerm
      onEvent('acquire_failed')
      await this.#release(answer.epoch)
    } catch (error) {
      onEvent('acquire_failed', error)
    }
    return undefined
  }

  /** Holds the lease for as long as that is possible; says why it is not any more. */
  async #lead(granted: LeaseTerm): Promise<LossCause> {
    const { clock, timing, onGained, onEvent } = this.#options
    let leaseTerm = granted
    this.#state = 'leading'
    this.#publish(leaseTerm)
    onEvent('acquired')
    onGained(leaseTerm.epoch)
    for (;;) {
      if (this.#isDrained) return 'stopping'
      const step = nextStep(timing, leaseTerm, readClocks(clock))
      if (step.kind === 'lose') return step.cause
      if (step.kind === 'wait') {
        await this.#pause.last(step.span)
        continue
      }
      const sent = readClocks(clock)
      const isRenewed = await this.#renew(leaseTerm.epoch, step.within)
      if (isRenewed === false) return 'taken'
      leaseTerm = { ...leaseTerm, asked: sent.at }
      const isInTime = nextStep(timing, leaseTerm, readClocks(clock)).kind !== 'lose'
      if (isRenewed && isInTime) {
        leaseTerm = { ...leaseTerm, confirmed: sent }
        this.#publish(leaseTerm)
        onEvent('renewed')
      } else if (isRenewed) {
        onEvent('renew_failed')
      }
    }
  }

  /** Undefined when nothing is known. */
  async #renew(epoch: bigint, within: Micros): Promise<boolean | undefined> {
    const { lease, holder, store, clock, timing, onEvent } = this.#options
    try {
      const isRenewed = await ask(clock, within, (signal) =>
        store.renew(lease, holder, epoch, storeSpan(timing.ttl), signal),
      )
      if (!isRenewed) onEvent('renew_failed')
      return isRenewed
    } catch (error) {
      onEvent('renew_failed', error)
      return undefined
    }
  }

  /** Stops what runs and gives the lease back. */
  async #resign(epoch: bigint, cause: LossCause): Promise<void> {
    const { publish, onLosing, onLost, onEvent } = this.#options
    this.#state = 'losing'
    // A wall clock that is set back must not make it valid again.
    if (cause === 'taken' || cause === 'expired') publish(epoch, 0, 0)
    if (cause !== 'stopping') {
      await onLosing(cause)
      onEvent('lost')
    }
    publish(epoch, 0, 0)
    this.#state = 'candidate'
    onLost(cause)
    if (cause !== 'taken' && (await this.#release(epoch))) onEvent('released')
  }

  #drain(): void {
    this.#state = 'losing'
    void this.#options.onLosing('stopping').then(() => {
      this.#isDrained = true
      this.#pause.end()
    })
  }

  /** Best effort: a lease that is not given back expires. Whether the store confirmed it. */
  async #release(epoch: bigint): Promise<boolean> {
    const { lease, holder, store, clock, timing } = this.#options
    for (let attempt = 1; attempt <= RELEASE_ATTEMPTS; attempt++) {
      try {
        return await ask(clock, timing.retry, (signal) => store.release(lease, holder, epoch, signal))
      } catch {}
    }
    return false
  }

  #publish({ epoch, confirmed }: LeaseTerm): void {
    const validity = validityOf(this.#options.timing.ttl)
    this.#options.publish(epoch, confirmed.at + validity, confirmed.wallAt + millisFromMicros(validity))
  }
}
