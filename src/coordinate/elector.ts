/**
 * Competes with other processes for one lease, holds it and releases it.
 *
 *     idle --start--> candidate --granted--> leading --.
 *                      |     ^                  |      | stop: keeps renewing while runs are stopped
 *                 stop |     | released,        | refused, not confirmed in time, expired
 *                      v     | best effort      v      v
 *                   stopped  '---------------- losing -'
 *                      ^                        |
 *                      '-------- stop ----------'
 *
 * The rules. Breaking any of them has led to two leaders at once in other systems:
 *
 *   - Validity counts from before the request was sent, on both clocks ({@link readClocks}).
 *   - A missing answer is not a success. A renewal without an answer counts as failed. A grant whose answer was lost is
 *     found by the next request and released: a process never leads under an epoch that it did not receive.
 *   - After every wait the clocks are checked before anything else, even before the answer: the process may have been
 *     frozen meanwhile ({@link nextStep}).
 *   - A refused renewal ends the validity in memory at once. A missing answer does not: the validity runs out by itself, and
 *     the remaining time is for stopping the runs.
 *   - A store that can no longer be trusted ({@link StoreUnfitError}) ends the leadership at once, like a renewal deadline that
 *     has passed: the runs are stopped within the remaining validity.
 *   - The lease is released only when everything under it has stopped and its validity has ended in memory, or not at all.
 */
import type { Clock } from '../kernel/clock.js'
import { type Micros, type Millis, millisFromMicros } from '../kernel/time.js'
import type { LeaseEvent, LossCause } from '../kernel/vocabulary.js'
import { InterruptibleSleep } from './interruptible-sleep.js'
import { type LeaseTerm, nextStep } from './lease-term.js'
import type { LeaseStore } from './ports.js'
import { StoreUnfitError } from './store-unfit.js'
import { withDeadline } from './stores/with-deadline.js'
import { type LeaseTiming, readClocks, storeSpan, validityOf } from './timing.js'

export interface ElectorOptions {
  /** The name of the lease in the store. */
  readonly lease: string
  /** Unique to this start of this process: a host name is not. */
  readonly holder: string
  readonly store: LeaseStore
  readonly clock: Clock
  readonly timing: LeaseTiming
  /** Returns a number >= 0 and < 1. */
  readonly random: () => number
  /** Writes the validity to memory that all threads share; both ends are 0 when the lease is not valid. */
  readonly publish: (epoch: bigint, until: Micros, wallUntil: Millis) => void
  /** Called when runs under the lease may start. */
  readonly onGained: (epoch: bigint) => void
  /**
   * Stops the runs under the lease and starts no others. Resolves when everything has certainly stopped; never rejects.
   * While a call with the cause `stopping` is pending, the elector keeps renewing. When a renewal fails, it calls again with
   * the cause of the loss.
   */
  readonly onLosing: (cause: LossCause) => Promise<void>
  /** Called when everything has stopped and the lease is no longer held. */
  readonly onLost: (cause: LossCause) => void
  /** For metrics and the log. */
  readonly onEvent: (event: LeaseEvent, error?: unknown) => void
}

export type ElectorState = 'idle' | 'candidate' | 'leading' | 'losing' | 'stopped'

/** A candidate waits up to this share of the retry period longer, so that several candidates do not retry together. */
const RETRY_SPREAD = 0.2

/** After {@link Elector.retrySoon} all candidates retry, spread over this share of the retry period. */
const RETRY_SOON_SPREAD = 0.05

const RELEASE_ATTEMPTS = 2

export class Elector {
  readonly #options: ElectorOptions
  readonly #sleeper: InterruptibleSleep
  #state: ElectorState = 'idle'
  #isStopping = false
  #shouldRetrySoon = false
  /** {@link stop} was called and everything under the lease has stopped. */
  #isDrained = false
  #running: Promise<void> = Promise.resolve()

  constructor(options: ElectorOptions) {
    this.#options = options
    this.#sleeper = new InterruptibleSleep(options.clock)
  }

  get state(): ElectorState {
    return this.#state
  }

  /** Starts to compete for the lease. */
  start(): void {
    if (this.#state !== 'idle') return
    this.#state = 'candidate'
    this.#running = this.#run()
  }

  /** Call it when the lease may have become free: a candidate then retries without waiting for the retry period. */
  retrySoon(): void {
    if (this.#state !== 'candidate' || this.#shouldRetrySoon) return
    this.#shouldRetrySoon = true
    this.#sleeper.interrupt()
  }

  /** Call it after a clock jump (the wall clock was set, or the machine was suspended): rechecks the validity now. */
  check(): void {
    if (this.#state === 'leading' || this.#state === 'losing') this.#sleeper.interrupt()
  }

  /**
   * Stops the runs under the lease and releases it, if it is held. While a run cannot be stopped, the result stays pending
   * and the lease is kept, because no other process may start the same run.
   */
  stop(): Promise<void> {
    if (!this.#isStopping) {
      this.#isStopping = true
      if (this.#state === 'leading') this.#drain()
      this.#sleeper.interrupt()
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

  /** Retries until the lease is granted; undefined when {@link stop} was called before. */
  async #campaign(): Promise<LeaseTerm | undefined> {
    const { random, timing } = this.#options
    for (;;) {
      this.#shouldRetrySoon = false
      const leaseTerm = await this.#acquire()
      if (leaseTerm || this.#isStopping) return leaseTerm
      if (!this.#shouldRetrySoon) await this.#sleeper.sleep(timing.retry * (1 + RETRY_SPREAD * random()))
      if (this.#shouldRetrySoon && !this.#isStopping)
        await this.#sleeper.sleep(timing.retry * RETRY_SOON_SPREAD * random())
      if (this.#isStopping) return undefined
    }
  }

  async #acquire(): Promise<LeaseTerm | undefined> {
    const { lease, holder, store, clock, timing, onEvent } = this.#options
    const confirmed = readClocks(clock)
    try {
      const answer = await withDeadline(
        clock,
        timing.retry,
        (signal) => store.acquire(lease, holder, storeSpan(timing.ttl), signal),
        (late) => late.kind === 'granted' && void this.#release(late.epoch),
      )
      if (answer.kind === 'held') {
        // The answer to an earlier grant was lost. Its time is unknown, so the lease is released instead of used.
        if (answer.holder === holder) this.#shouldRetrySoon = await this.#release(answer.epoch)
        return undefined
      }
      const leaseTerm = { epoch: answer.epoch, confirmed, lastRequestAt: confirmed.at }
      if (nextStep(timing, leaseTerm, readClocks(clock)).kind !== 'lose') return leaseTerm
      onEvent('acquire_failed')
      await this.#release(answer.epoch)
    } catch (error) {
      onEvent('acquire_failed', error)
    }
    return undefined
  }

  /** Holds the lease for as long as possible; returns why it ended. */
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
        await this.#sleeper.sleep(step.span)
        continue
      }
      const sent = readClocks(clock)
      const isRenewed = await this.#renew(leaseTerm.epoch, step.within)
      if (isRenewed === false) return 'taken'
      if (isRenewed === 'unfit') return 'unconfirmed'
      leaseTerm = { ...leaseTerm, lastRequestAt: sent.at }
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

  /** Undefined when it is unknown whether the store renewed the lease. */
  async #renew(epoch: bigint, within: Micros): Promise<boolean | 'unfit' | undefined> {
    const { lease, holder, store, clock, timing, onEvent } = this.#options
    try {
      const isRenewed = await withDeadline(clock, within, (signal) =>
        store.renew(lease, holder, epoch, storeSpan(timing.ttl), signal),
      )
      if (!isRenewed) onEvent('renew_failed')
      return isRenewed
    } catch (error) {
      onEvent('renew_failed', error)
      return error instanceof StoreUnfitError ? 'unfit' : undefined
    }
  }

  /** Stops the runs under the lease and releases it. */
  async #resign(epoch: bigint, cause: LossCause): Promise<void> {
    const { publish, onLosing, onLost, onEvent } = this.#options
    this.#state = 'losing'
    // A wall clock that is set back must not make the lease valid again.
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
      this.#sleeper.interrupt()
    })
  }

  /** Best effort: a lease that is not released expires. Returns whether the store confirmed the release. */
  async #release(epoch: bigint): Promise<boolean> {
    const { lease, holder, store, clock, timing } = this.#options
    for (let attempt = 1; attempt <= RELEASE_ATTEMPTS; attempt++) {
      try {
        return await withDeadline(clock, timing.retry, (signal) => store.release(lease, holder, epoch, signal))
      } catch {}
    }
    return false
  }

  #publish({ epoch, confirmed }: LeaseTerm): void {
    const validity = validityOf(this.#options.timing.ttl)
    this.#options.publish(epoch, confirmed.at + validity, confirmed.wallAt + millisFromMicros(validity))
  }
}
