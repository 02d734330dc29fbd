/** The {@link Tick} a method is given: everything that may not be looked at is made when it is. */
import type { Logger } from 'pino'
import { AbortedError, type Tick } from '../src/kernel/tick.js'
import type { Micros } from '../src/kernel/time.js'
import type { RunRequest } from '../src/pool/protocol.js'
import type { ThreadBlock } from '../src/pool/thread-block.js'

export class LiveTick implements Tick {
  readonly entrypoint: string
  latenessMs = 0
  readonly #request: RunRequest
  readonly #block: ThreadBlock
  readonly #serviceLog: Logger
  #controller: AbortController | undefined
  #log: Logger | undefined

  constructor(entrypoint: string, request: RunRequest, block: ThreadBlock, serviceLog: Logger) {
    this.entrypoint = entrypoint
    this.#request = request
    this.#block = block
    this.#serviceLog = serviceLog
  }

  get sequence(): number {
    return this.#request.sequence
  }

  get dueAt(): Date {
    return new Date(this.#request.dueWall)
  }

  get dueHrtime(): bigint {
    return BigInt(this.#request.dueAt) * 1_000n
  }

  get attempt(): number {
    return this.#request.attempt
  }

  get aborted(): boolean {
    return this.#block.isAborted(this.#request.slot)
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

  /** The method begins now. */
  begin(at: Micros): void {
    this.latenessMs = (at - this.#request.dueAt) / 1_000
  }

  /** Brings the abort that shared memory already tells to those who wait on the signal. */
  abort(): void {
    this.#controller?.abort(this.#reason())
  }

  #reason(): AbortedError {
    return new AbortedError(this.entrypoint, this.#block.abortCause(this.#request.slot) ?? 'manual')
  }
}
