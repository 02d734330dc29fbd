/** The main thread's end of the port to one worker thread. */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { type ToMain, type ToThread, transferOf } from '../kernel/link-protocol.js'
import type { RpcEndpoint } from '../kernel/rpc-endpoint.js'
import type { WireError } from '../kernel/wire-error.js'
import type { ThreadBlock } from './thread-block.js'

/** What is done with what threads say. */
export interface LinkHandler {
  /** A thread has been started, and will read what it is sent. */
  opened(link: ThreadLink): void
  take(link: ThreadLink, message: ToMain): void
  /** The thread has ended; nothing more is heard of it. */
  ended(link: ThreadLink, error: WireError): void
}

export class ThreadLink implements RpcEndpoint {
  /** Goes to the thread. */
  readonly farEnd: MessagePort
  readonly isOutside = false
  calls = 0
  readonly kill: () => void
  readonly #port: MessagePort
  readonly #block: ThreadBlock
  readonly #handler: LinkHandler
  readonly #onCall: () => void
  #callsSent = 0

  /** `onCall` is called when the thread has been sent a call. */
  constructor(block: ThreadBlock, handler: LinkHandler, kill: () => void, onCall: () => void = () => {}) {
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    this.farEnd = port2
    this.#block = block
    this.#handler = handler
    this.#onCall = onCall
    this.kill = kill
    port1.on('message', (message: ToMain) => handler.take(this, message))
    // The thread keeps the process alive, not the port.
    port1.unref()
    handler.opened(this)
  }

  /** Sends a message; it goes nowhere when the thread has ended. */
  post(message: ToThread): void {
    this.#port.postMessage(message, transferOf(message))
    if (message.kind !== 'call') return
    this.#callsSent++
    this.#onCall()
  }

  /** Calls that the thread has been sent and has not read yet. */
  get callsUnread(): number {
    return (this.#callsSent - this.#block.callsReceived) | 0
  }

  isInside(id: number): boolean {
    return this.#block.isInsideCall(id)
  }

  /** The thread has exited: takes what it had still said, then nothing more. */
  end(error: WireError): void {
    for (let last = receiveMessageOnPort(this.#port); last; last = receiveMessageOnPort(this.#port)) {
      this.#handler.take(this, last.message)
    }
    this.#port.close()
    this.#handler.ended(this, error)
  }
}
