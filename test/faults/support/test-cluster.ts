/**
 * Instances of one deployment: real processes that share a store, each through a network of its own, and a storage that all
 * of them write to. A node is an instance's place and network; a process that is started again sits down in it
 * under a new name: `a1`, `a2` ...
 */
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { TestServer } from '../../support/servers/server-process.js'
import { type Violation, violationsOf } from './checker.js'
import { type EventLog, PATIENCE_MS } from './event-log.js'
import { FencedRegister } from './fenced-register.js'
import type { Entry, History, LedgerReading } from './history.js'
import { Instance } from './instance.js'
import { leaseLines } from './lease-lines.js'
import { TcpProxy } from './tcp-proxy.js'

export interface TestClusterOptions {
  readonly server: TestServer
  /** Names of files in test/fixtures/services, the same for all nodes or by the letter of the node. */
  readonly modules: readonly string[] | ((node: string) => readonly string[])
  readonly size: number
  /** More of `--set`, by the letter of the node. */
  readonly settings?: (node: string) => readonly string[]
  /** Another file there, which each process loads before everything else. */
  readonly preload?: string
  /** The nodes that load {@link preload}. Default: all. */
  readonly preloadOn?: (node: string) => boolean
}

export interface ClusterNode {
  readonly proxy: TcpProxy
  instance: Instance
}

interface NodeState extends ClusterNode {
  readonly letter: string
  starts: number
}

export class TestCluster {
  readonly register: FencedRegister
  readonly eventLog: EventLog<Entry>
  readonly #options: TestClusterOptions
  readonly #namespace = `cluster_${randomUUID().slice(0, 8)}`
  readonly #nodes: NodeState[] = []
  readonly #launched: Instance[] = []
  readonly #ledgers: LedgerReading[] = []

  private constructor(options: TestClusterOptions, register: FencedRegister) {
    this.#options = options
    this.register = register
    this.eventLog = register.eventLog
  }

  /** Resolves when all instances are ready. */
  static async start(options: TestClusterOptions): Promise<TestCluster> {
    const cluster = new TestCluster(options, await FencedRegister.open())
    try {
      for (let index = 0; index < options.size; index++) {
        const proxy = await TcpProxy.open(options.server.port)
        const letter = String.fromCharCode('a'.charCodeAt(0) + index)
        cluster.#nodes.push({ proxy, letter, starts: 1, instance: cluster.#launch(letter, 1, proxy) })
      }
      await Promise.all(cluster.instances.map((instance) => instance.ready()))
      return cluster
    } catch (error) {
      await cluster.close()
      throw error
    }
  }

  /** Of its records in the store. */
  get namespace(): string {
    return this.#namespace
  }

  get nodes(): readonly ClusterNode[] {
    return this.#nodes
  }

  get instances(): readonly Instance[] {
    return this.#nodes.map(({ instance }) => instance)
  }

  get leaders(): readonly Instance[] {
    return this.instances.filter(({ leads }) => leads)
  }

  get history(): History {
    return { entries: this.eventLog.items, ledgers: this.#ledgers }
  }

  get violations(): readonly Violation[] {
    return violationsOf(this.history)
  }

  nodeOf(instance: Instance): ClusterNode {
    return this.#nodes.find((node) => node.instance === instance)!
  }

  /** The instance that ends the next run under a lease, other than `others`. */
  async nextLeader(others: readonly Instance[] = [], deadlineMs = PATIENCE_MS): Promise<Instance> {
    const excluded = others.map(({ name }) => name)
    const candidate = (name: string) =>
      excluded.includes(name) ? undefined : this.instances.find((one) => one.name === name)
    const isLed = (entry: Entry) =>
      entry.kind === 'end' && entry.token !== undefined && candidate(entry.instance) !== undefined
    const what = `somebody leads${excluded.length > 0 ? ` who is not ${excluded.join(' or ')}` : ''}`
    const { instance } = await this.eventLog.next(what, isLed, deadlineMs).catch((error: Error) => {
      const leases = this.instances.map(({ name, lines }) => leaseLines(name, lines.items))
      throw new Error([error.message, 'What the instances say of their leases:', ...leases].join('\n'))
    })
    return candidate(instance)!
  }

  /** Another process in the place of one that has ended. */
  restart(node: ClusterNode): Instance {
    const state = node as NodeState
    state.starts += 1
    state.instance = this.#launch(state.letter, state.starts, state.proxy)
    return state.instance
  }

  /** Reads the ledgers of all running instances, then stops the instances in good order. */
  async stop(): Promise<void> {
    const running = this.instances.filter(({ hasExited }) => !hasExited)
    await Promise.all(running.map(async (instance) => this.#ledgers.push(...(await instance.ledgers()))))
    await Promise.all(running.map((instance) => instance.terminate()))
  }

  /** Whatever still runs is killed. */
  async close(): Promise<void> {
    await Promise.all(this.#launched.filter(({ hasExited }) => !hasExited).map((instance) => instance.kill()))
    await Promise.all(this.#nodes.map(({ proxy }) => proxy.close()))
    await this.register.close()
  }

  #launch(letter: string, start: number, { port }: TcpProxy): Instance {
    const name = `${letter}${start}`
    const { server, modules, settings, preload, preloadOn = () => true } = this.#options
    const instance = new Instance({
      name,
      modules: (typeof modules === 'function' ? modules(letter) : modules).map((module) =>
        fileURLToPath(fixture(module)),
      ),
      preload: preload && preloadOn(letter) ? fixture(preload).href : undefined,
      eventLog: this.eventLog,
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
