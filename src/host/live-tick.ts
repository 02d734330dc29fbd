/** The {@link Tick} that a method receives. Properties that may never be read are computed lazily. */
import type { Logger } from 'pino'
import type { Lease } from '../kernel/lease.js'
import { AbortedError, type Tick, tickId } from '../kernel/tick.js'
import { type Micros, type Millis, microsFromMillis } from '../kernel/time.js'
import type { ThreadBlock } from '../pool/thread-block.js'

/** A fence has ten bits for the number of the delivery. */
const MOST_DELIVERIES = 1_023

export class LiveTick implements Tick {
  readonly entrypoint: string
  readonly sequence: number
  readonly attempt: number
  readonly fence: bigint | undefined
  latenessMs = 0
  /** Set when the method is about to be called. */
  lease?: Lease
  readonly #dueMono: Micros
  readonly #dueWall: Millis
  readonly #record: number
  readonly #block: ThreadBlock
  readonly #serviceLog: Logger
  #controller: AbortController | undefined
  #log: Logger | undefined

  constructor(entrypoint: string, record: number, block: ThreadBlock, serviceLog: Logger) {
    const { sequence, dueMono, dueWall } = block.tickOf(record)
    this.entrypoint = entrypoint
    this.sequence = sequence
    this.attempt = block.attemptOf(record)
    const delivery = block.deliveryOf(record)
    this.fence = delivery === 0 ? undefined : fenceOf(dueWall, delivery)
    this.#dueMono = dueMono
    this.#dueWall = dueWall
    this.#record = record
    this.#block = block
    this.#serviceLog = serviceLog
  }

  get id(): string {
    return tickId(this.entrypoint, this.#dueWall)
  }

  get dueAt(): Date {
    return new Date(this.#dueWall)
  }

  get dueHrtime(): bigint {
    return BigInt(this.#dueMono) * 1_000n
  }

  get aborted(): boolean {
    return this.#block.isAborted(this.#record)
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.aborted) this.abort()
    }
    return this.#controller.signal
  }

  get log(): Logger {
    this.#log ??= this.#serviceLog.child({ entrypoint: this.entrypoint, tick: this.sequence })
    return this.#log
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.#reason()
  }

  /** Called when the method begins. */
  begin(at: Micros): void {
    this.latenessMs = (at - this.#dueMono) / 1_000
  }

  /** Aborts the signal. Shared memory already holds the cause. */
  abort(): void {
    this.#controller?.abort(this.#reason())
  }

  #reason(): AbortedError {
    return new AbortedError(this.entrypoint, this.#block.abortCause(this.#record) ?? 'manual')
  }
}

function fenceOf(dueWall: Millis, delivery: number): bigint {
  return BigInt(microsFromMillis(dueWall)) * 1_024n + BigInt(Math.min(delivery, MOST_DELIVERIES))
}
