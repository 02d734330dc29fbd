/**
 * The main thread's side of the admin thread: keeps one running, and connects the threads that send output to it.
 *
 *     running -- it exits --> waiting -- after a back-off --> running
 *        |                       |
 *        +------- close() -------+--> closed
 *
 * 1. Whatever happens to the admin thread, nothing is thrown here, and nobody waits for it but `close()`, for a bounded time.
 * 2. Every sender has a connection to the thread that is running. While none is, senders keep what they send.
 * 3. At the close, what no admin thread has written is written by this thread if there is no admin thread, and else dropped.
 */
import { MessageChannel } from 'node:worker_threads'
import type { AdminSetup } from '../../kernel/admin-protocol.js'
import type { Clock } from '../../kernel/clock.js'
import { OutputMemory } from '../../kernel/output/output-memory.js'
import { DONE_BYTES, type OutputConnection, STREAMS } from '../../kernel/output/output-protocol.js'
import { type Micros, microsFromMillis, type Seconds, secondsFromMicros } from '../../kernel/time.js'
import { OutputSender } from '../../observe/output/output-sender.js'
import { restartPolicy } from '../../pool/restart.js'
import type { AdminWorker, SpawnAdmin } from './spawn-admin.js'

export interface AdminThreadOptions {
  readonly spawn: SpawnAdmin
  readonly clock: Clock
  readonly logLevel: string
  /** The thread has ended by itself. */
  readonly onDied: (died: { readonly err?: Error; readonly restartIn: Seconds }) => void
}

type State =
  | { readonly name: 'running'; readonly worker: AdminWorker; readonly since: Micros }
  | { readonly name: 'waiting'; readonly cancel: () => void }
  | { readonly name: 'closed' }

/** Gives a sender its connection. The port is to be transferred. */
export type Connect = (connection: OutputConnection) => void

/** How long after the time that the thread was given to end it is terminated. */
const END_MARGIN: Micros = microsFromMillis(100)

export class AdminThread {
  /** Sends the output of this thread. */
  readonly output: OutputSender
  readonly memory = new OutputMemory()
  readonly #options: AdminThreadOptions
  readonly #senders = new Set<Connect>()
  readonly #restartDelay = restartPolicy()
  #state: State

  constructor(options: AdminThreadOptions) {
    this.#options = options
    this.output = new OutputSender(this.memory)
    this.#senders.add((connection) => this.output.connect(connection))
    this.#state = this.#start()
  }

  /** Connects a sender now, and again after each restart of the admin thread. The result ends that. */
  addSender(connect: Connect): () => void {
    this.#senders.add(connect)
    if (this.#state.name === 'running') this.#connect(this.#state.worker, connect)
    return () => void this.#senders.delete(connect)
  }

  /** Lets the thread write what it has got, for at most `within`, and ends it. */
  async close(within: Micros): Promise<void> {
    const state = this.#state
    this.#state = { name: 'closed' }
    if (state.name === 'closed') return
    if (state.name === 'waiting') {
      state.cancel()
      for (const message of this.output.takeKept()) {
        if (typeof message === 'string') process.stdout.write(message)
        else process[message.stream].write(message.text)
      }
      return
    }
    const { worker } = state
    worker.post({ kind: 'end', withinMs: within / 1_000 })
    const cancel = this.#options.clock.after(within + END_MARGIN, () => worker.terminate())
    await worker.exited
    cancel()
  }

  #start(): State {
    const { spawn, clock, logLevel } = this.#options
    const setup: AdminSetup = {
      logLevel,
      outputMemory: this.memory.buffer,
      ended: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT),
    }
    const since = clock.now()
    try {
      const worker = spawn(setup)
      void worker.exited.then((error) => this.#exited(error, since))
      for (const connect of this.#senders) this.#connect(worker, connect)
      return { name: 'running', worker, since }
    } catch (error) {
      return this.#wait(error as Error, since)
    }
  }

  #exited(error: Error | undefined, since: Micros): void {
    if (this.#state.name === 'running') this.#state = this.#wait(error, since)
  }

  #wait(err: Error | undefined, since: Micros): State {
    const { clock, onDied } = this.#options
    const delay = this.#restartDelay(clock.now() - since)
    for (const stream of STREAMS) this.memory.setObstacle(stream, 'no_admin_thread')
    // Whoever creates this object has it before it hears of a death.
    queueMicrotask(() => onDied({ ...(err && { err }), restartIn: secondsFromMicros(delay) }))
    const cancel = clock.after(delay, () => {
      this.#state = this.#start()
    })
    return { name: 'waiting', cancel }
  }

  #connect(worker: AdminWorker, connect: Connect): void {
    const { port1, port2 } = new MessageChannel()
    const done = new SharedArrayBuffer(DONE_BYTES)
    worker.post({ kind: 'output', connection: { port: port1, done } }, [port1])
    connect({ port: port2, done, memory: this.memory.buffer })
  }
}
