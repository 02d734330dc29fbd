/** An elector on a clock that moves only when told to, over a store that does as the test says; and what is heard of it. */
import { Elector } from '../../src/coordinate/elector.js'
import { LeaseBlock } from '../../src/coordinate/lease-block.js'
import type { LeaseStore } from '../../src/coordinate/ports.js'
import type { Millis } from '../../src/kernel/time.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { MemoryLeaseStore } from './simulated-process.js'

export const SECOND = 1_000_000
export const TTL: Millis = 15_000
export const TIMING = { ttl: 15 * SECOND, renewDeadline: 8 * SECOND, retry: 2 * SECOND }
export const VALIDITY = 14.85 * SECOND

type Kind = 'acquire' | 'renew' | 'release'

/** What becomes of a request that the store would carry out. */
export type Behaviour = (carryOut: () => Promise<unknown>) => Promise<unknown>

export const refuse: Behaviour = async () => {
  throw new Error('connection refused')
}
export const dropAnswer: Behaviour = async (carryOut) => {
  await carryOut()
  throw new Error('connection reset')
}
export const hang: Behaviour = () => new Promise(() => {})

/** Carries requests out in memory, unless it was told what is to become of them; notes them all. */
class ScriptedStore implements LeaseStore {
  readonly memory: MemoryLeaseStore
  readonly requests: { kind: Kind; at: number; epoch: bigint | undefined; ttl: Millis | undefined }[] = []
  readonly signals: AbortSignal[] = []
  readonly #clock: VirtualClock
  readonly #script = new Map<Kind, Behaviour[]>()
  readonly #always = new Map<Kind, Behaviour>()

  constructor(clock: VirtualClock) {
    this.#clock = clock
    this.memory = new MemoryLeaseStore(clock)
  }

  next(kind: Kind, ...behaviours: Behaviour[]): void {
    this.#script.set(kind, behaviours)
  }

  always(kind: Kind, behaviour: Behaviour | undefined): void {
    if (behaviour) this.#always.set(kind, behaviour)
    else this.#always.delete(kind)
  }

  acquire(lease: string, holder: string, ttl: Millis, signal: AbortSignal) {
    return this.#take('acquire', undefined, ttl, signal, () => this.memory.acquire(lease, holder, ttl))
  }

  renew(lease: string, holder: string, epoch: bigint, ttl: Millis, signal: AbortSignal) {
    return this.#take('renew', epoch, ttl, signal, () => this.memory.renew(lease, holder, epoch, ttl))
  }

  release(lease: string, holder: string, epoch: bigint, signal: AbortSignal) {
    return this.#take('release', epoch, undefined, signal, () => this.memory.release(lease, holder, epoch))
  }

  watch(onReleased: (lease: string) => void) {
    return this.memory.watch(onReleased)
  }

  times(kind: Kind): number[] {
    return this.requests.filter((request) => request.kind === kind).map(({ at }) => at / SECOND)
  }

  #take<Answer>(
    kind: Kind,
    epoch: bigint | undefined,
    ttl: Millis | undefined,
    signal: AbortSignal,
    carryOut: () => Promise<Answer>,
  ) {
    this.requests.push({ kind, at: this.#clock.now(), epoch, ttl })
    this.signals.push(signal)
    const behaviour = this.#script.get(kind)?.shift() ?? this.#always.get(kind)
    return (behaviour ? behaviour(carryOut) : carryOut()) as Promise<Answer>
  }
}

/** An elector, and what is heard of it. */
export function candidate({ random = 0, stopsIn = SECOND, retry = TIMING.retry } = {}) {
  const clock = new VirtualClock({ wall: Date.UTC(2026, 0, 1) })
  const store = new ScriptedStore(clock)
  const block = LeaseBlock.withLeases(1)
  const heard: string[] = []
  const control = { stopsIn }
  const isHeld = () => block.isHeld(0, clock.now(), clock.wallNow())
  const elector = new Elector({
    lease: 'main',
    holder: 'me',
    store,
    clock,
    timing: { ...TIMING, retry },
    random: () => random,
    publish: (epoch, until, wallUntil) => block.publish(0, epoch, until, wallUntil),
    onGained: (epoch) => heard.push(`gained ${epoch}`),
    onLosing: async (cause) => {
      heard.push(`losing ${cause}, ${isHeld() ? 'valid' : 'not valid'}, at ${clock.now() / SECOND}`)
      await clock.sleep(control.stopsIn)
    },
    onLost: (cause) => heard.push(`lost ${cause}, ${isHeld() ? 'valid' : 'not valid'}, at ${clock.now() / SECOND}`),
    onEvent: (event) => heard.push(event),
  })
  const start = async () => {
    elector.start()
    await clock.advance(0)
  }
  return { clock, store, memory: store.memory, block, elector, heard, control, isHeld, start }
}

/** Carries out at once, and answers after a while. */
export const slowly =
  (clock: VirtualClock, span: number): Behaviour =>
  async (carryOut) => {
    const answer = await carryOut()
    await clock.sleep(span)
    return answer
  }
