/**
 * The main thread's side of the admin thread: keeps one running, connects the threads that send output to it, and has it serve.
 *
 *     running -- it exits --> waiting -- after a back-off --> running
 *        |                       |
 *        +------- close() -------+--> closed
 *
 * 1. Whatever happens to the admin thread, nothing is thrown here, and nobody waits for it but `close()`, for a bounded time.
 * 2. Every sender has a connection to the thread that is running. While none is, senders keep what they send.
 * 3. Metrics and health are served at one address from the first time the thread listens, but while there is none.
 * 4. At the close, what no admin thread has written is written by this thread if there is no admin thread, and else dropped.
 * 5. A closed thread has exited, or is idle and does not keep the process alive.
 */
import { MessageChannel } from 'node:worker_threads'
import type { Clock } from '../../kernel/clock.js'
import { EscapementError, UsageError } from '../../kernel/errors.js'
import { OutputMemory } from '../../kernel/output/output-memory.js'
import { DONE_BYTES, type OutputConnection, STREAMS } from '../../kernel/output/output-protocol.js'
import type { PauseView } from '../../kernel/pause.js'
import { type Micros, microsFromMillis, type Seconds, secondsFromMicros } from '../../kernel/time.js'
import { revived } from '../../kernel/wire-error/revived.js'
import type { WireError } from '../../kernel/wire-error/wire-error.js'
import { AdminCounts } from '../../observe/admin-counts.js'
import type {
  AdminSetup,
  AfterEnd,
  FixedServing,
  FromAdmin,
  MainAnswer,
  MainQuestion,
  ToAdmin,
} from '../../observe/admin-protocol.js'
import type { Change } from '../../observe/changes/change.js'
import { OutputSender } from '../../observe/output/output-sender.js'
import { restartPolicy } from '../../pool/restart.js'
import { MetricReplay } from './metric-replay.js'
import type { AdminWorker, SpawnAdmin } from './spawn-admin.js'

/** What the admin thread is told and may ask. */
export interface AdminSource {
  changes(): readonly Change[]
  pauses(): readonly PauseView[]
  answer(question: MainQuestion): MainAnswer
}

export interface AdminThreadOptions {
  readonly spawn: SpawnAdmin
  readonly clock: Clock
  readonly logLevel: string
  /** The thread has ended by itself. */
  readonly onDied: (died: { readonly err?: Error; readonly restartIn: Seconds }) => void
  /** Something went wrong on the admin thread. */
  readonly onProblem: (text: string, error?: WireError) => void
  /** Metrics and health will be served. */
  readonly willServe: boolean
}

type State =
  | { readonly name: 'running'; readonly worker: AdminWorker; readonly since: Micros }
  | { readonly name: 'waiting'; readonly cancel: () => void }
  | { readonly name: 'closed' }

/** What is served, as soon as that is known. */
interface Service {
  readonly serving: FixedServing
  readonly source: AdminSource
  readonly listening: (url: string) => void
  readonly failed: (error: Error) => void
  readonly isListening: boolean
}

/** Gives a sender its connection. The port is to be transferred. */
export type Connect = (connection: OutputConnection) => void

const MOST_DEATHS = 5

/** After a restart of the thread another process may have the port for a moment. */
const LISTEN_AGAIN: Micros = microsFromMillis(1_000)

/**
 * How long after the time that the thread was given to end nothing waits for it any more. It is not terminated: Node aborts the process
 * when a thread is ended from outside while a request is being read there (https://github.com/nodejs/node/issues/38418).
 */
const END_MARGIN: Micros = microsFromMillis(100)

export class AdminThread {
  /** Sends the output of this thread. */
  readonly output: OutputSender
  readonly memory = new OutputMemory()
  readonly #options: AdminThreadOptions
  readonly #counts = new AdminCounts()
  readonly #senders = new Set<Connect>()
  readonly #restartDelay = restartPolicy()
  /** Metrics that services declare. */
  readonly metrics = new MetricReplay((message) => this.#post(message))
  #service: Service | undefined
  #deathsBeforeListening = 0
  #closing: Promise<void> | undefined
  #onEnded = () => {}
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

  /** Serves metrics and health, also after each restart. Resolves to the URL. @throws UsageError when the address cannot be used. */
  serve(serving: FixedServing, source: AdminSource): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#service = { serving, source, listening: resolve, failed: reject, isListening: false }
      this.#tellService(this.#service)
    })
  }

  /** Tells of a change. A thread that has not been told what to serve is given all of them with that. */
  changed(change: Change): void {
    if (this.#service) this.#post({ kind: 'change', change })
  }

  pausesChanged(pauses: readonly PauseView[]): void {
    if (this.#service) this.#post({ kind: 'pauses', pauses })
  }

  /** Lets the thread write what it has got, for at most `within`, and exit or stay idle. Every call resolves when that is done. */
  close(within: Micros, afterwards: AfterEnd): Promise<void> {
    this.#closing ??= this.#close(within, afterwards)
    return this.#closing
  }

  async #close(within: Micros, afterwards: AfterEnd): Promise<void> {
    const state = this.#state
    this.#state = { name: 'closed' }
    if (state.name === 'closed') return
    if (state.name === 'waiting') {
      state.cancel()
      for (const message of this.output.takeKept()) {
        if (typeof message === 'string') process.stdout.write(message)
        else if ('line' in message) process.stdout.write(message.line)
        else process[message.stream].write(message.text)
      }
      return
    }
    const { worker } = state
    const { clock } = this.#options
    let cancel = () => {}
    const isOver = new Promise<void>((resolve) => {
      this.#onEnded = resolve
      cancel = clock.after(within + END_MARGIN, resolve)
    })
    worker.post({ kind: 'end', withinMs: within / 1_000, afterwards })
    await Promise.race([isOver, worker.exited])
    worker.unref()
    cancel()
  }

  #start(): State {
    const { spawn, clock, logLevel, willServe } = this.#options
    const setup: AdminSetup = {
      logLevel,
      outputMemory: this.memory.buffer,
      counts: this.#counts.buffer,
      ended: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT),
      willServe,
    }
    const since = clock.now()
    try {
      const worker = spawn(setup, (message) => this.#take(worker, message))
      void worker.exited.then((error) => this.#exited(error, since))
      for (const connect of this.#senders) this.#connect(worker, connect)
      if (willServe) queueMicrotask(() => this.#tellEverything())
      return { name: 'running', worker, since }
    } catch (error) {
      return this.#wait(error as Error, since)
    }
  }

  /** What a new thread has to know. */
  #tellEverything(): void {
    this.metrics.replay()
    if (this.#service) this.#tellService(this.#service)
  }

  #tellService({ serving, source }: Service): void {
    this.#post({ kind: 'serve', serving: { ...serving, changes: source.changes(), pauses: source.pauses() } })
  }

  #post(message: ToAdmin): void {
    if (this.#state.name === 'running') this.#state.worker.post(message)
  }

  #take(worker: AdminWorker, message: FromAdmin): void {
    const service = this.#service
    if (message.kind === 'problem') this.#options.onProblem(message.text, message.error)
    else if (message.kind === 'ended') this.#onEnded()
    else if (!service) return
    else if (message.kind === 'question') {
      worker.post({ kind: 'answer', id: message.id, answer: service.source.answer(message) })
    } else if (message.kind === 'listening') {
      // After a restart the port is the same, also where any was wanted.
      this.#service = { ...service, serving: { ...service.serving, port: message.port }, isListening: true }
      service.listening(message.url)
    } else this.#notListening(service, message.error)
  }

  #notListening(service: Service, error: WireError): void {
    const { isListening, failed } = service
    if (!isListening) {
      failed(listenError(error))
      return
    }
    this.#options.onProblem('metrics and health are not served', error)
    this.#options.clock.after(LISTEN_AGAIN, () => this.#tellService(service))
  }

  #exited(error: Error | undefined, since: Micros): void {
    if (this.#state.name === 'running') this.#state = this.#wait(error, since)
  }

  #wait(err: Error | undefined, since: Micros): State {
    const { clock, onDied } = this.#options
    this.#giveUpListening(err)
    const delay = this.#restartDelay(clock.now() - since)
    for (const stream of STREAMS) this.memory.setObstacle(stream, 'no_admin_thread')
    // Whoever creates this object has it before it hears of a death.
    queueMicrotask(() => onDied({ ...(err && { err }), restartIn: secondsFromMicros(delay) }))
    const cancel = clock.after(delay, () => {
      this.#state = this.#start()
    })
    return { name: 'waiting', cancel }
  }

  /** A start does not wait for ever for a thread that dies again and again. */
  #giveUpListening(cause: Error | undefined): void {
    if (!this.#service || this.#service.isListening || ++this.#deathsBeforeListening < MOST_DEATHS) return
    const problem = `the thread that serves metrics and health ended ${MOST_DEATHS} times before it listened`
    this.#service.failed(new EscapementError('ERR_ADMIN_THREAD', problem, { cause }))
  }

  #connect(worker: AdminWorker, connect: Connect): void {
    const { port1, port2 } = new MessageChannel()
    const done = new SharedArrayBuffer(DONE_BYTES)
    worker.post({ kind: 'output', connection: { port: port1, done } }, [port1])
    connect({ port: port2, done, memory: this.memory.buffer })
  }
}

function listenError(error: WireError): Error {
  const cause = error.cause && revived(error.cause)
  return error.name === 'UsageError' ? new UsageError(String(error.code), error.message, { cause }) : revived(error)
}
