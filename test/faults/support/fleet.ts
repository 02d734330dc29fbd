/**
 * Instances of one deployment: real processes that share a store, each through a network of its own, and a storage that all
 * of them write to. A seat is an instance's place and network; a process that is started again sits down in it
 * under a new name: `a1`, `a2` ...
 */
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { TestServer } from '../../support/servers/server-process.js'
import { type Violation, violationsOf } from './checker.js'
import { type Chronicle, PATIENCE_MS } from './chronicle.js'
import { FencedRegister } from './fenced-register.js'
import type { Entry, History, LedgerReading } from './history.js'
import { Instance } from './instance.js'
import { TcpProxy } from './tcp-proxy.js'

export interface FleetOptions {
  readonly server: TestServer
  /** Names of files in test/fixtures/services. */
  readonly modules: readonly string[]
  readonly size: number
  /** More of `--set`, by the letter of the seat. */
  readonly settings?: (seat: string) => readonly string[]
  /** Another file there, which each process loads before everything else. */
  readonly preload?: string
}

export interface Seat {
  readonly proxy: TcpProxy
  instance: Instance
}

interface SeatState extends Seat {
  readonly letter: string
  starts: number
}

export class Fleet {
  readonly register: FencedRegister
  readonly chronicle: Chronicle<Entry>
  readonly #options: FleetOptions
  readonly #namespace = `fleet_${randomUUID().slice(0, 8)}`
  readonly #seats: SeatState[] = []
  readonly #launched: Instance[] = []
  readonly #ledgers: LedgerReading[] = []

  private constructor(options: FleetOptions, register: FencedRegister) {
    this.#options = options
    this.register = register
    this.chronicle = register.chronicle
  }

  /** Resolves when all instances are ready. */
  static async start(options: FleetOptions): Promise<Fleet> {
    const fleet = new Fleet(options, await FencedRegister.open())
    try {
      for (let index = 0; index < options.size; index++) {
        const proxy = await TcpProxy.open(options.server.port)
        const letter = String.fromCharCode('a'.charCodeAt(0) + index)
        fleet.#seats.push({ proxy, letter, starts: 1, instance: fleet.#launch(letter, 1, proxy) })
      }
      await Promise.all(fleet.instances.map((instance) => instance.ready()))
      return fleet
    } catch (error) {
      await fleet.close()
      throw error
    }
  }

  get seats(): readonly Seat[] {
    return this.#seats
  }

  get instances(): readonly Instance[] {
    return this.#seats.map(({ instance }) => instance)
  }

  get leaders(): readonly Instance[] {
    return this.instances.filter(({ leads }) => leads)
  }

  get history(): History {
    return { entries: this.chronicle.items, ledgers: this.#ledgers }
  }

  get violations(): readonly Violation[] {
    return violationsOf(this.history)
  }

  seatOf(instance: Instance): Seat {
    return this.#seats.find((seat) => seat.instance === instance)!
  }

  /** The instance that ends the next run under a lease, other than `others`. */
  async nextLeader(others: readonly Instance[] = [], deadlineMs = PATIENCE_MS): Promise<Instance> {
    const excluded = others.map(({ name }) => name)
    const candidate = (name: string) =>
      excluded.includes(name) ? undefined : this.instances.find((one) => one.name === name)
    const { instance } = await this.chronicle.next(
      `somebody leads${excluded.length > 0 ? ` who is not ${excluded.join(' or ')}` : ''}`,
      (entry) => entry.kind === 'end' && entry.token !== undefined && candidate(entry.instance) !== undefined,
      deadlineMs,
    )
    return candidate(instance)!
  }

  /** Another process in the place of one that has ended. */
  restart(seat: Seat): Instance {
    const state = seat as SeatState
    state.starts += 1
    state.instance = this.#launch(state.letter, state.starts, state.proxy)
    return state.instance
  }

  /** Reads the books of all that run, then stops them in good order. */
  async stop(): Promise<void> {
    const running = this.instances.filter(({ hasExited }) => !hasExited)
    await Promise.all(running.map(async (instance) => this.#ledgers.push(...(await instance.ledgers()))))
    await Promise.all(running.map((instance) => instance.terminate()))
  }

  /** Whatever still runs is killed. */
  async close(): Promise<void> {
    await Promise.all(this.#launched.filter(({ hasExited }) => !hasExited).map((instance) => instance.kill()))
    await Promise.all(this.#seats.map(({ proxy }) => proxy.close()))
    await this.register.close()
  }

  #launch(letter: string, start: number, { port }: TcpProxy): Instance {
    const name = `${letter}${start}`
    const { server, modules, settings, preload } = this.#options
    const instance = new Instance({
      name,
      modules: modules.map((module) => fileURLToPath(fixture(module))),
      preload: preload && fixture(preload).href,
      chronicle: this.chronicle,
      settings: [
        `instance=${name}`,
        `register=${this.register.url}`,
        `escapement.coordination.url=${server.url.replace(`:${server.port}`, `:${port}`)}`,
        `escapement.coordination.namespace=${this.#namespace}`,
        'escapement.coordination.profile=fast',
        ...(settings?.(letter) ?? []),
      ],
    })
    this.#launched.push(instance)
    return instance
  }
}

function fixture(name: string): URL {
  return new URL(`../../fixtures/services/${name}`, import.meta.url)
}
