/**
 * A storage that fences: it remembers the highest token it has seen, and takes no write with a lower one. It also keeps the
 * journals of all instances, so that what they wrote is there when they are not.
 *
 *     POST /write    { resource, token, instance, dueTime }                     200, or 409 when somebody later was here before
 *     POST /journal  { instance, entrypoint, dueTime, due, event, token, at }   200
 *
 * Big integers travel as text.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { EventLog } from './event-log.js'
import type { Entry, RunEntry, Write } from './history.js'

interface WriteRequest {
  readonly resource: string
  readonly token: string
  readonly instance: string
  readonly dueTime: number
}

interface JournalRequest {
  readonly instance: string
  readonly entrypoint: string
  readonly dueTime: number
  readonly due: string
  readonly event: RunEntry['kind']
  readonly token: string | null
  readonly at: string
}

/** The beginning of a run that has been written down, and is not answered until it is let go. */
export interface HeldRun {
  readonly run: RunEntry
  /** The run goes on. */
  letGo(): void
}

export class FencedRegister {
  readonly eventLog: EventLog<Entry>
  /** False: it takes every write, as a storage does that knows nothing of tokens. */
  isFencing = true
  readonly #server: Server
  readonly #highest = new Map<string, bigint>()
  readonly #holds = new Map<string, (held: HeldRun) => void>()

  private constructor(eventLog: EventLog<Entry>) {
    this.eventLog = eventLog
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error) => response.writeHead(500).end(String(error)))
    })
    // Keeps the connection of a frozen instance open.
    this.#server.keepAliveTimeout = 0
  }

  static async open(eventLog = new EventLog<Entry>()): Promise<FencedRegister> {
    const register = new FencedRegister(eventLog)
    register.#server.listen(0, '127.0.0.1')
    await once(register.#server, 'listening')
    return register
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** The next run of an instance gets as far as to say that it begins; it goes on when it is let go. */
  holdNextRun(instance: string): Promise<HeldRun> {
    return new Promise((resolve) => this.#holds.set(instance, resolve))
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await json(request)
    if (request.url === '/write') {
      const { accepted } = this.#write(body as WriteRequest)
      response.writeHead(accepted ? 200 : 409).end()
    } else {
      const run = this.#journal(body as JournalRequest)
      const hold = run.kind === 'begin' ? this.#holds.get(run.instance) : undefined
      if (!hold) return void response.end()
      this.#holds.delete(run.instance)
      hold({ run, letGo: () => void response.end() })
    }
  }

  #write({ resource, token: text, instance, dueTime }: WriteRequest): Write {
    const token = BigInt(text)
    const highest = this.#highest.get(resource) ?? 0n
    const accepted = token >= highest || !this.isFencing
    if (token > highest) this.#highest.set(resource, token)
    const at = process.hrtime.bigint()
    const write: Write = { kind: 'write', instance, resource, token, dueTime, accepted, at }
    this.eventLog.add(write)
    return write
  }

  #journal({ event, due, token, at, ...rest }: JournalRequest): RunEntry {
    const run: RunEntry = {
      ...rest,
      kind: event,
      due: BigInt(due),
      token: token === null ? undefined : BigInt(token),
      at: BigInt(at),
    }
    this.eventLog.add(run)
    return run
  }
}
