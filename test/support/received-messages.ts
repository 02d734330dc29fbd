/**
 * Measures the messages that other threads send to this one, as far as this thread has to read them: texts, numbers and objects
 * count, buffers do not, because a thread can pass them on unread.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { MessagePort } from 'node:worker_threads'

/** The module object whose properties become the named exports. */
const threads: typeof import('node:worker_threads') = createRequire(import.meta.url)('node:worker_threads')

type Listen = (this: MessagePort, event: string, listener: (message: unknown) => void) => MessagePort

export class ReceivedMessages {
  #largest = 0
  readonly #restore: () => void

  /** Measures the messages of all ports on which somebody begins to listen from now on. */
  constructor() {
    const { receiveMessageOnPort } = threads
    const inherited = MessagePort.prototype.on as Listen
    const note = (message: unknown) => {
      this.#largest = Math.max(this.#largest, sizeOf(message))
    }
    const listen: Listen = function (event, listener) {
      if (event !== 'message') return inherited.call(this, event, listener)
      return inherited.call(this, event, (message) => {
        note(message)
        listener(message)
      })
    }
    Object.defineProperty(MessagePort.prototype, 'on', { value: listen, configurable: true })
    threads.receiveMessageOnPort = (port) => {
      const received = receiveMessageOnPort(port)
      if (received) note(received.message)
      return received
    }
    syncBuiltinESMExports()
    this.#restore = () => {
      Reflect.deleteProperty(MessagePort.prototype, 'on')
      threads.receiveMessageOnPort = receiveMessageOnPort
      syncBuiltinESMExports()
    }
  }

  /** Of the largest message so far, about: characters, and 8 for each number or object. */
  get largest(): number {
    return this.#largest
  }

  stop(): void {
    this.#restore()
  }
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 8
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return 8
  return Object.entries(value).reduce((sum, [key, part]) => sum + key.length + sizeOf(part), 8)
}
