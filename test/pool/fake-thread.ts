/** Worker threads that tests answer for, on the virtual clock: no thread, no module, no Piscina. */
import type { ThreadEndReason } from '../../src/kernel/events.js'
import type { RunReply } from '../../src/kernel/link-protocol.js'
import type { Micros } from '../../src/kernel/time.js'
import type { WireError } from '../../src/kernel/wire-error/wire-error.js'
import type { BatchReply, PrepareReply, StartReply, ThreadReply, ThreadRequest } from '../../src/pool/protocol.js'
import { RUN_ENDINGS, type RunEnding } from '../../src/pool/protocol.js'
import { ThreadBlock } from '../../src/pool/thread-block.js'
import type { SpawnOptions, SpawnThread, ThreadExit, WorkerThread } from '../../src/pool/worker-thread.js'

/** What a thread does by itself; `never`: it does not answer. */
export interface Behaviour {
  readonly prepare?: PrepareReply | 'never'
  readonly start?: StartReply | 'never'
  readonly stop?: 'never'
  /** It cannot be created. */
  readonly spawn?: 'fails'
  /** `terminate` does not end it: native code holds it until the test calls {@link FakeThread.exit}. */
  readonly ignoresTerminate?: boolean
}

export const START_FAILED = {
  kind: 'start_failed',
  service: 'svc',
  step: 'onStart',
  error: { name: 'Error', message: 'no database' },
} as const

interface Answer {
  resolve(reply: ThreadReply): void
  reject(error: Error): void
}

const STARTED: StartReply = { kind: 'started', spans: { imports: 0, dependencies: 0, onStart: 0 } }

export class FakeThread implements WorkerThread {
  readonly threadId: number
  readonly exited: Promise<ThreadExit>
  readonly block: ThreadBlock
  /** The kinds of the requests it was sent; `run` for the number of a record. */
  readonly requests: string[] = []
  hasExited = false
  readonly #behaviour: Behaviour
  readonly #unanswered = new Map<ThreadRequest, Answer>()
  #endReason: ThreadEndReason | undefined
  #onExit: (exit: ThreadExit) => void = () => {}

  constructor(threadId: number, { setup }: SpawnOptions, behaviour: Behaviour) {
    this.threadId = threadId
    this.block = new ThreadBlock(setup!.block)
    this.#behaviour = behaviour
    this.exited = new Promise((resolve) => {
      this.#onExit = resolve
    })
  }

  request<Reply extends ThreadReply>(request: ThreadRequest): Promise<Reply> {
    if (this.hasExited) throw new Error('a request was sent to a thread that has exited')
    if (isBatch(request)) return this.#performAll(request) as Promise<unknown> as Promise<Reply>
    const kind = typeof request === 'number' ? 'run' : request.kind
    this.requests.push(kind)
    const { prepare = { kind: 'prepared' }, start = STARTED, stop } = this.#behaviour
    const reply =
      kind === 'prepare'
        ? prepare
        : kind === 'start'
          ? start
          : kind === 'stop'
            ? (stop ?? { kind: 'stopped' })
            : 'never'
    return new Promise<ThreadReply>((resolve, reject) => {
      if (reply === 'never') this.#unanswered.set(request, { resolve, reject })
      else resolve(reply as ThreadReply)
    }) as Promise<Reply>
  }

  /** Replies to the batch when the test has finished each of its runs. */
  #performAll(records: readonly number[]): Promise<BatchReply> {
    return Promise.all(records.map((record) => this.request<RunReply>(record)))
  }

  async terminate(reason: ThreadEndReason): Promise<ThreadExit> {
    this.#endReason ??= reason
    if (!this.#behaviour.ignoresTerminate) this.exit(1)
    return this.exited
  }

  /** Its code ends, by itself when nobody terminated it. */
  exit(exitCode: number, error?: WireError): void {
    if (this.hasExited) return
    this.hasExited = true
    const reason = this.#endReason ?? (error ? 'error' : 'exited')
    for (const { reject } of this.#unanswered.values()) reject(new Error('the thread ended'))
    this.#onExit({ reason, exitCode, threadId: this.threadId, ...(error && { error }) })
  }

  /** What {@link heapShare} gives. */
  share: number | undefined
  asked = 0

  async heapShare(): Promise<number | undefined> {
    this.asked++
    return this.share
  }

  /** Replies to a `prepare` that its behaviour leaves unanswered. */
  finishPreparing(): void {
    const [request, { resolve }] = [...this.#unanswered].find(([sent]) => typeof sent === 'object')!
    this.#unanswered.delete(request)
    resolve({ kind: 'prepared' })
  }

  begin(record: number): void {
    this.block.begin(record)
  }

  /** Its method returns; the thread does not reply yet. */
  returnMethod(record: number, at: Micros): void {
    this.block.writeEnd(record, at, undefined)
  }

  /** Reads the calls that it was sent, up to the `count`-th, and enters none of them. */
  readCalls(count: number): void {
    while (this.block.callsRead < count) this.block.readCall()
  }

  /** Replies to a run. */
  finish(record: number, ending: RunEnding = 'completed'): void {
    this.#unanswered.get(record)!.resolve(RUN_ENDINGS.indexOf(ending))
    this.#unanswered.delete(record)
  }
}

function isBatch(request: ThreadRequest): request is readonly number[] {
  return Array.isArray(request)
}

export class FakeThreads {
  readonly all: FakeThread[] = []
  readonly spawn: SpawnThread
  /** How many were to be created, also those that could not be. */
  spawned = 0
  /** At each spawn, how many threads had been started and not exited. */
  mostAlive = 0

  /** `behaviours` by the order of starts; threads beyond them do all that they are asked. */
  constructor(behaviours: readonly Behaviour[] = []) {
    this.spawn = (options, first) => {
      const behaviour = behaviours[this.spawned++] ?? {}
      if (behaviour.spawn === 'fails') throw new Error('no memory for a thread')
      const thread = new FakeThread(this.all.length + 1, options, behaviour)
      this.all.push(thread)
      this.mostAlive = Math.max(this.mostAlive, this.alive.length)
      return [thread, thread.request(first)]
    }
  }

  get alive(): FakeThread[] {
    return this.all.filter(({ hasExited }) => !hasExited)
  }

  /** The n-th thread that was started, from 1, which is also its id. */
  thread(id: number): FakeThread {
    const thread = this.all[id - 1]
    if (!thread) throw new Error(`thread ${id} has not been started`)
    return thread
  }
}
