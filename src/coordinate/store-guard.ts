/**
 * Lets requests through to a store only while the store can be trusted.
 *
 *   G1. A lease is acquired or renewed, a tick claimed, a heartbeat counted and a value read or written only after a check (see {@link StoreChecks})
 *       that is at most `period` old and found no problem that forbids it.
 *   G2. Checks are shared: at most one is in progress, and at most one succeeds in each `period`.
 *   G3. A lease is never granted under an epoch that is not above all epochs of it that this process has seen.
 *   G4. Releases and departures always go through: they only end what another process may then take.
 *   G5. `onProblems` is called when the problems have changed, and only then.
 */
import type { Clock } from '../kernel/clock.js'
import type { Micros, Millis } from '../kernel/time.js'
import type { KeyValueStore } from './key-value/key-value.js'
import type { ClaimStore, LeaseAnswer, LeaseStore, Member, MemberStore, StoreChecks, StoreProblem } from './ports.js'
import { StoreUnfitError } from './store-unfit.js'
import { withDeadline } from './stores/with-deadline.js'
import { untilAborted } from './until-aborted.js'

type RequestStore = LeaseStore & ClaimStore & MemberStore

export interface StoreGuardOptions {
  readonly store: RequestStore & StoreChecks & { readonly values: KeyValueStore }
  readonly clock: Clock
  /** How long a check counts. */
  readonly period: Micros
  readonly onProblems: (problems: readonly StoreProblem[]) => void
}

interface CheckResult {
  readonly problems: readonly StoreProblem[]
  /** When the check was sent. */
  readonly at: Micros
}

export class StoreGuard implements RequestStore {
  readonly #options: StoreGuardOptions
  /** The key-value of the store, see G1. */
  readonly values: KeyValueStore
  /** The highest epoch that this process has seen, for each lease. */
  readonly #lastEpochs = new Map<string, bigint>()
  readonly #epochProblems = new Map<string, StoreProblem>()
  #verdict: CheckResult | undefined
  #checking: Promise<CheckResult> | undefined
  #problems: readonly StoreProblem[] = []

  constructor(options: StoreGuardOptions) {
    this.#options = options
    const { values } = options.store
    const fit = (signal: AbortSignal) => this.#requireFit(signal)
    this.values = {
      get: (key, signal) => fit(signal).then(() => values.get(key, signal)),
      list: (prefix, signal) => fit(signal).then(() => values.list(prefix, signal)),
      put: (key, value, condition, signal) => fit(signal).then(() => values.put(key, value, condition, signal)),
      delete: (key, condition, signal) => fit(signal).then(() => values.delete(key, condition, signal)),
    }
  }

  async acquire(lease: string, holder: string, ttl: Millis, signal: AbortSignal): Promise<LeaseAnswer> {
    await this.#requireFit(signal)
    const { store } = this.#options
    const last = this.#lastEpochs.get(lease) ?? 0n
    const answer = await store.acquire(lease, holder, ttl, signal, last)
    if (answer.epoch > last) this.#lastEpochs.set(lease, answer.epoch)
    if (answer.kind === 'held') {
      // 0: the record cannot be read. The store reports that itself.
      this.#noteEpoch(lease, answer.epoch === 0n || answer.epoch >= last ? undefined : answer.epoch, last)
      return answer
    }
    if (answer.epoch > last) {
      this.#noteEpoch(lease, undefined, last)
      return answer
    }
    const problem = this.#noteEpoch(lease, answer.epoch, last)
    await store.release(lease, holder, answer.epoch, signal).catch(() => {})
    throw new StoreUnfitError(problem!.message)
  }

  /** The check and the renewal are sent together, so that a renewal takes no longer. */
  async renew(lease: string, holder: string, epoch: bigint, ttl: Millis, signal: AbortSignal): Promise<boolean> {
    const fit = this.#requireFit(signal)
    fit.catch(() => {})
    const isRenewed = await this.#options.store.renew(lease, holder, epoch, ttl, signal)
    if (isRenewed) await fit
    return isRenewed
  }

  release(lease: string, holder: string, epoch: bigint, signal: AbortSignal): Promise<boolean> {
    return this.#options.store.release(lease, holder, epoch, signal)
  }

  watch(onReleased: (lease: string) => void): Promise<() => void> {
    return this.#options.store.watch(onReleased)
  }

  async claim(tick: string, holder: string, keep: Millis, signal: AbortSignal): Promise<boolean> {
    await this.#requireFit(signal)
    return this.#options.store.claim(tick, holder, keep, signal)
  }

  async heartbeat(member: Member, ttl: Millis, signal: AbortSignal): Promise<readonly Member[]> {
    await this.#requireFit(signal)
    return this.#options.store.heartbeat(member, ttl, signal)
  }

  leave(id: string, signal: AbortSignal): Promise<void> {
    return this.#options.store.leave(id, signal)
  }

  async #requireFit(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const { clock, period } = this.#options
    const known = this.#verdict
    const verdict = known && clock.now() - known.at < period ? known : await untilAborted(this.#check(), signal)
    const forbidding = verdict.problems.find(({ forbidsLeading }) => forbidsLeading)
    if (forbidding) throw new StoreUnfitError(forbidding.message)
  }

  #check(): Promise<CheckResult> {
    this.#checking ??= this.#startCheck().finally(() => {
      this.#checking = undefined
    })
    return this.#checking
  }

  async #startCheck(): Promise<CheckResult> {
    const { store, clock, period } = this.#options
    const at = clock.now()
    const problems = await withDeadline(clock, period, (signal) => store.check(signal))
    this.#verdict = { problems, at }
    this.#update()
    return this.#verdict
  }

  /** Records that the store uses an epoch below one that it used before; undefined as `lower` when it does not. */
  #noteEpoch(lease: string, lower: bigint | undefined, last: bigint): StoreProblem | undefined {
    const problem = lower === undefined ? undefined : epochProblem(lease, lower, last)
    if (problem) this.#epochProblems.set(lease, problem)
    else this.#epochProblems.delete(lease)
    this.#update()
    return problem
  }

  #update(): void {
    const problems = [...(this.#verdict?.problems ?? []), ...this.#epochProblems.values()]
    if (isSame(problems, this.#problems)) return
    this.#problems = problems
    this.#options.onProblems(problems)
  }
}

function epochProblem(lease: string, lower: bigint, last: bigint): StoreProblem {
  return {
    code: 'epoch',
    message: `the store has the lease ${lease} under the fencing token ${lower}, but this process has seen ${last}: the store has lost data, or its clock or that of another instance was set back. Writes under the lower token are refused by storages that compare tokens`,
    forbidsLeading: false,
  }
}

function isSame(some: readonly StoreProblem[], others: readonly StoreProblem[]): boolean {
  return some.length === others.length && some.every(({ message }, at) => message === others[at]!.message)
}
