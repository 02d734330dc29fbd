/**
 * The network between one instance and its store, as the test wants it.
 *
 * | mode      | requests                    | answers                        |
 * |-----------|-----------------------------|--------------------------------|
 * | `pass`    | pass                        | pass                           |
 * | `delay`   | pass after a while          | pass after a while             |
 * | `drop`    | connections are cut, new ones too                            |
 * | `swallow` | are taken, and go nowhere   | never come                     |
 * | `mute`    | pass, and are carried out   | never come                     |
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

export type ProxyMode = 'pass' | 'delay' | 'drop' | 'swallow' | 'mute'

export class TcpProxy {
  readonly #server: Server
  readonly #target: number
  readonly #sockets = new Set<Socket>()
  #mode: ProxyMode = 'pass'
  #delayMs = 0

  private constructor(target: number) {
    this.#target = target
    this.#server = createServer((client) => this.#connect(client))
  }

  /** Listens on a free port, and passes everything to `target` on this machine. */
  static async open(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  pass(): void {
    this.#become('pass')
  }

  /** Each way: an answer comes twice as late. */
  delay(ms: number): void {
    this.#delayMs = ms
    this.#become('delay')
  }

  drop(): void {
    this.#become('drop')
    this.#cut()
  }

  swallow(): void {
    this.#become('swallow')
  }

  mute(): void {
    this.#become('mute')
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#cut()
    await closed
  }

  #become(mode: ProxyMode): void {
    // Connections of these modes have lost bytes, so the rest of their data would be invalid.
    if (this.#mode === 'swallow' || this.#mode === 'mute') this.#cut()
    this.#mode = mode
  }

  #cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  #connect(client: Socket): void {
    if (this.#mode === 'drop') return void client.destroy()
    const upstream = connect(this.#target, '127.0.0.1')
    this.#pipe(client, upstream, () => this.#mode !== 'swallow')
    this.#pipe(upstream, client, () => this.#mode !== 'swallow' && this.#mode !== 'mute')
  }

  /** In the order it came in, whatever the delay was changed to meanwhile. */
  #pipe(from: Socket, to: Socket, isHeard: () => boolean): void {
    let before = Promise.resolve()
    const forward = (act: () => void) => {
      const delay = this.#mode === 'delay' ? this.#delayMs : 0
      if (delay === 0) before = before.then(act)
      else before = Promise.all([before, new Promise((resolve) => setTimeout(resolve, delay))]).then(act)
    }
    this.#sockets.add(from)
    from.setNoDelay(true)
    from.on('data', (chunk) => {
      if (isHeard()) forward(() => void (to.destroyed || to.write(chunk)))
    })
    from.on('end', () => forward(() => void to.end()))
    from.on('error', () => to.destroy())
    from.on('close', () => {
      this.#sockets.delete(from)
      if (from.errored || !from.readableEnded) to.destroy()
    })
  }
}
