/** The main thread's end of the port to one worker thread. */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import type { Clock } from '../kernel/clock.js'
import {
  type RunsEndedMessage,
  type ServiceMessage,
  type ToMain,
  type ToThread,
  transferOf,
} from '../kernel/link-protocol.js'
import type { RpcEndpoint } from '../kernel/rpc-endpoint.js'
import type { WireError } from '../kernel/wire-error/wire-error.js'
import type { Awaited } from './hang-watch.js'
import type { ThreadBlock } from './thread-block.js'
import { UnreadCalls } from './unread-calls.js'

/** What is done with what threads say. */
export interface LinkHandler {
  /** A thread has been started, and will read what it is sent. */
  opened(link: ThreadLink): void
  take(link: ThreadLink, message: ServiceMessage): void
  /** The thread has ended; nothing more is heard of it. */
  ended(link: ThreadLink, error: WireError): void
}

export interface ThreadLinkOptions {
  readonly block: ThreadBlock
  readonly clock: Pick<Clock, 'now'>
  readonly handler: LinkHandler
  readonly kill: () => void
  /** A call is sent, which the thread must read within its limit when it has nothing else to do. */
  readonly onCall: (call: Awaited) => void
  /** A call that the thread had read has returned, or its caller has given it up. */
  readonly onCallEnded: () => void
  readonly onRunsEnded: (message: RunsEndedMessage) => void
}

export class ThreadLink implements RpcEndpoint {
  /** Goes to the thread. */
  readonly farEnd: MessagePort
  readonly isOutside = false
  calls = 0
  readonly kill: () => void
  readonly #options: ThreadLinkOptions
  readonly #port: MessagePort
  readonly #unread: UnreadCalls

  constructor(options: ThreadLinkOptions) {
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    this.farEnd = port2
    this.#options = options
    this.#unread = new UnreadCalls(options.block)
    this.kill = options.kill
    port1.on('message', (message: ToMain) => this.#take(message))
    // The thread keeps the process alive, not the port.
    port1.unref()
    options.handler.opened(this)
  }

  /** Sends a message; after the end of the thread it is dropped. */
  post(message: ToThread): void {
    // Noted before it is sent: the thread may read it, and count it as read, before the next statement here.
    if (message.kind === 'call') this.#options.onCall(this.#unread.sent(message, this.#options.clock.now()))
    this.#port.postMessage(message, transferOf(message))
    if (message.kind === 'cancel' && !this.#unread.giveUp(message.id)) this.#options.onCallEnded()
  }

  isInside(id: number): boolean {
    return this.#options.block.isInsideCall(id)
  }

  /** A call that the thread has read is in progress. */
  get isInsideCall(): boolean {
    return this.calls > this.#unread.wanted || this.#options.block.isInsideSomeCall
  }

  /** The calls that the thread has not read. */
  get awaited(): readonly Awaited[] {
    return this.#unread.awaited
  }

  /** The thread has exited: takes what it had still said, then nothing more. */
  end(error: WireError): void {
    for (let last = receiveMessageOnPort(this.#port); last; last = receiveMessageOnPort(this.#port)) {
      this.#take(last.message)
    }
    this.#port.close()
    this.#options.handler.ended(this, error)
  }

  #take(message: ToMain): void {
    if (message.kind === 'runs_ended') {
      this.#options.onRunsEnded(message)
      return
    }
    this.#options.handler.take(this, message)
    if (message.kind === 'return') this.#options.onCallEnded()
  }
}
