/** Instances that share a queue: what they do to its tickets is written down, and each can be stopped before an offer. */
import { expect, onTestFinished, vi } from 'vitest'
import type { ControlAction } from '../../../../src/kernel/control.js'
import type { TestServer } from '../../../support/servers/server-process.js'
import type { Instance } from '../../support/instance.js'
import { TestCluster } from '../../support/test-cluster.js'
import type { FleetHistory, StoredTicket } from './fleet-history.js'
import { TicketJournal } from './ticket-journal.js'
import { TicketStore } from './ticket-store.js'

const TOKEN = 'control-0123456789'

/** Time for locks to lapse, and for what waits to be run. */
const DRAINED_WITHIN_MS = 60_000

export interface QueueFleetOptions {
  readonly server: TestServer
  /** A file in test/fixtures/services. */
  readonly module: string
  readonly service: string
  readonly size: number
  /** More of `--set`, by the letter of the node. */
  readonly settings?: (node: string) => readonly string[]
}

export class QueueFleet {
  readonly cluster: TestCluster
  readonly journal: TicketJournal
  readonly store: TicketStore

  private constructor(cluster: TestCluster, journal: TicketJournal, store: TicketStore) {
    this.cluster = cluster
    this.journal = journal
    this.store = store
  }

  /** Resolves when all instances are ready. They and what they wrote are gone when the test has ended. */
  static async start({ server, module, service, size, settings }: QueueFleetOptions): Promise<QueueFleet> {
    const journal = new TicketJournal()
    const cluster = await TestCluster.start({
      ...{ server, modules: [module], size, preload: 'queued-witness.mjs' },
      settings: (node) => [`journal=${journal.folder}`, `escapement.http.token=${TOKEN}`, ...(settings?.(node) ?? [])],
    })
    onTestFinished(() => cluster.close())
    const store = new TicketStore(server, cluster.namespace, service)
    onTestFinished(() => store.close())
    return new QueueFleet(cluster, journal, store)
  }

  /** What happened until now. {@link TestCluster.stop} reads the ledgers: without it there are none. */
  history(stored: readonly StoredTicket[]): FleetHistory {
    const { entries, ledgers } = this.cluster.history
    const processes = entries.flatMap((entry) =>
      entry.kind === 'killed' || entry.kind === 'frozen' || entry.kind === 'thawed' ? [entry] : [],
    )
    return { entries: this.journal.entries(), stored, ledgers, processes }
  }

  /** The instance that hands ticks over, other than `others`, as soon as there is one. */
  async offerer(...others: readonly Instance[]): Promise<Instance> {
    const candidates = this.cluster.instances.filter((instance) => !others.includes(instance) && !instance.hasExited)
    const known = candidates.find(({ leads }) => leads)
    if (known) return known
    const acquired = candidates.map(async (instance) => {
      await instance.lines.next(`${instance.name} acquires the lease`, ({ msg }) => msg === 'lease acquired')
      return instance
    })
    return Promise.any(acquired)
  }

  /** Freezes the instance when it has decided to hand a tick over and has not offered it. Returns the id of the ticket. */
  async freezeBeforeOffer(instance: Instance): Promise<string> {
    const stopped = instance.lines.next(
      `${instance.name} stops before an offer`,
      ({ msg }) => msg === 'stopped before an offer',
    )
    instance.signal('SIGUSR2')
    const { ticket } = await stopped
    await this.freezeStopped(instance)
    return String(ticket)
  }

  /** For an instance that has said that it stops itself: a thaw before it has stopped would be without effect. */
  async freezeStopped(instance: Instance): Promise<void> {
    await untilStopped(instance)
    instance.freeze()
  }

  /** Freezes the instance while it runs a ticket. Returns the id of one that it runs. */
  async freezeInRun(instance: Instance): Promise<string> {
    for (;;) {
      await this.cluster.eventLog.next(
        `${instance.name} runs tickets`,
        (entry) => entry.kind === 'over' && entry.instance === instance.name,
      )
      instance.freeze()
      await untilStopped(instance)
      const entries = this.journal.entriesOf(instance.name)
      const over = new Set(entries.filter(({ kind }) => kind === 'end' || kind === 'settle').map(({ id }) => id))
      const running = entries.find(({ kind, id }) => kind === 'begin' && !over.has(id))
      if (running) return running.id
      instance.thaw()
    }
  }

  /** Resolves when an instance other than `other` has run the ticket. */
  async runElsewhere(id: string, other: Instance): Promise<void> {
    const [entrypoint, micros] = [id.slice(0, id.indexOf('@')), /@(\d+)us$/.exec(id)![1]]
    const dueTime = Number(micros) / 1_000
    await this.cluster.eventLog.first(`${id} runs elsewhere than on ${other.name}`, (entry) => {
      if (entry.kind !== 'over' || entry.instance === other.name) return false
      return entry.entrypoint === entrypoint && entry.dueTime === dueTime
    })
  }

  /** How many tickets the store has confirmed to keep. */
  kept(): number {
    const kept = this.journal.entries().filter((entry) => entry.kind === 'offered' && entry.answer === 'kept')
    return new Set(kept.map(({ id }) => id)).size
  }

  /** Pauses the timers; resolves when all tickets are settled and nothing is pending anywhere. */
  async drain(entrypoints: readonly string[]): Promise<void> {
    const instances = this.cluster.instances.filter(({ hasExited }) => !hasExited)
    for (const instance of instances) {
      for (const entrypoint of entrypoints) await this.control(instance, 'pause', entrypoint)
    }
    const isDrained = async () => {
      expect(await this.store.open()).toBe(0)
      const ledgers = await Promise.all(instances.map((instance) => instance.ledgers()))
      expect(ledgers.flat().filter(({ active, pending }) => active + pending > 0)).toEqual([])
    }
    await vi.waitFor(isDrained, { timeout: DRAINED_WITHIN_MS, interval: 200 })
  }

  control(instance: Instance, action: ControlAction, entrypoint: string): Promise<void> {
    return instance.control(action, entrypoint, TOKEN)
  }
}

function untilStopped(instance: Instance): Promise<void> {
  return vi.waitFor(() => expect(instance.isStopped).toBe(true), { timeout: 20_000, interval: 5 })
}
