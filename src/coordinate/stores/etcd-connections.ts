/**
 * Connections to one endpoint of etcd.
 *
 * Opening a connection may take up to {@link CONNECT_DEADLINE}, however short the patience of a request is: that is for its
 * answer. A request that is given up while it waits for a connection leaves the connection to the next request. At most
 * {@link MAX_CONNECTING} are being opened at a time; further requests wait for those.
 */
import { Agent as HttpAgent, type IncomingMessage, request as sendOverHttp } from 'node:http'
import { Agent as HttpsAgent, request as sendOverHttps } from 'node:https'
import { isIP, connect as openTcp, type Socket } from 'node:net'
import { connect as openTls } from 'node:tls'
import type { Clock } from '../../kernel/clock.js'
import { EscapementError } from '../../kernel/errors.js'
import type { Micros } from '../../kernel/time.js'
import { untilAborted } from '../until-aborted.js'

/** The request has not been sent, because no connection could be opened. */
export class NotConnectedError extends EscapementError {}

const CONNECT_DEADLINE: Micros = 30_000_000
const MAX_CONNECTING = 2

/** `keepAliveMsecs`: time without data after which the system asks whether the other side still exists. */
const AGENT = { keepAlive: true, keepAliveMsecs: 10_000, scheduling: 'lifo' } as const

export interface EtcdRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

export class EtcdConnections {
  readonly #endpoint: URL
  readonly #clock: Clock
  readonly #agent: HttpAgent
  /** Connections that are open and have not carried a request yet. The agent keeps those that have. */
  readonly #fresh = new Set<Socket>()
  readonly #connecting = new Map<Socket, Promise<void>>()

  /** `endpoint`: such as `http://host:2379`. */
  constructor(endpoint: string, clock: Clock) {
    this.#endpoint = new URL(endpoint)
    this.#clock = clock
    this.#agent = this.#isTls ? new HttpsAgent(AGENT) : new HttpAgent(AGENT)
    Object.assign(this.#agent, { createConnection: () => this.#takeFresh() })
  }

  /** @throws NotConnectedError when the request has certainly not been sent. */
  async send({ method, path, body, headers }: EtcdRequest, signal: AbortSignal): Promise<IncomingMessage> {
    while (this.#fresh.size === 0 && !this.#hasIdle) {
      if (this.#connecting.size < MAX_CONNECTING) this.#open()
      await untilAborted(Promise.race(this.#connecting.values()), signal)
    }
    const start = this.#isTls ? sendOverHttps : sendOverHttp
    const answer = new Promise<IncomingMessage>((resolve, reject) => {
      const url = new URL(path, this.#endpoint)
      const request = start(url, { method, agent: this.#agent, headers, signal }, resolve)
      request.on('error', reject)
      request.end(body)
    })
    return untilAborted(answer, signal)
  }

  close(): void {
    for (const socket of [...this.#connecting.keys(), ...this.#fresh]) socket.destroy()
    this.#agent.destroy()
  }

  get #isTls(): boolean {
    return this.#endpoint.protocol === 'https:'
  }

  get #hasIdle(): boolean {
    return Object.values(this.#agent.freeSockets).some((sockets) => sockets?.some(({ writable }) => writable))
  }

  #takeFresh(): Socket {
    const [socket] = this.#fresh
    // The idle connection that was there when the request was made has ended since.
    if (!socket) return this.#connect()
    this.#fresh.delete(socket)
    return socket
  }

  #open(): void {
    const socket = this.#connect()
    const opened = new Promise<void>((resolve, reject) => {
      const cancel = this.#clock.after(CONNECT_DEADLINE, () => socket.destroy(new Error('no connection within 30 s')))
      const settle = () => {
        cancel()
        this.#connecting.delete(socket)
      }
      socket.once(this.#isTls ? 'secureConnect' : 'connect', () => {
        settle()
        this.#fresh.add(socket)
        resolve()
      })
      let failure: Error | undefined
      socket.on('error', (error) => {
        failure = error
      })
      socket.once('close', () => {
        settle()
        this.#fresh.delete(socket)
        reject(new NotConnectedError('ERR_STORE_UNREACHABLE', reasonOf(failure), { cause: failure }))
      })
    })
    opened.catch(() => {})
    this.#connecting.set(socket, opened)
  }

  #connect(): Socket {
    const host = this.#endpoint.hostname.replace(/^\[|\]$/g, '')
    const port = Number(this.#endpoint.port || (this.#isTls ? 443 : 80))
    const options = { host, port, keepAlive: true, keepAliveInitialDelay: AGENT.keepAliveMsecs, noDelay: true }
    return this.#isTls ? openTls({ ...options, ...(isIP(host) ? {} : { servername: host }) }) : openTcp(options)
  }
}

/** A host with several addresses fails with an error for each of them. */
function reasonOf(error: Error | undefined): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ')
  return error?.message ?? 'the connection was closed'
}
