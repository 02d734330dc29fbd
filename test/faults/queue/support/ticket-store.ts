/** Asks the store for the tickets of a service, by BullMQ itself. */
import { createPostgresBackend, type JobType, Queue } from 'bullmq'
import type { TestServer } from '../../../support/servers/server-process.js'
import type { StoredTicket } from './fleet-history.js'

const STATES: readonly (readonly [JobType, StoredTicket['state']])[] = [
  ['waiting', 'waiting'],
  ['active', 'active'],
  ['delayed', 'delayed'],
  ['completed', 'settled'],
  ['failed', 'settled'],
]

export class TicketStore {
  readonly #queue: Queue

  constructor(server: TestServer, namespace: string, service: string) {
    const name = `escapement.${namespace}.${service}`
    const { url, port } = server
    this.#queue = url.startsWith('redis:')
      ? new Queue(name, { connection: { host: '127.0.0.1', port } })
      : new Queue(
          name,
          { connection: { connectionString: url, schema: 'escapement_queue' } } as never,
          createPostgresBackend as never,
        )
    this.#queue.on('error', () => {})
  }

  /** How many tickets are not settled. */
  async open(): Promise<number> {
    const counts = await this.#queue.getJobCounts('waiting', 'active', 'delayed')
    return Object.values(counts).reduce((sum, count) => sum + count, 0)
  }

  async tickets(): Promise<StoredTicket[]> {
    const lists = await Promise.all(
      STATES.map(async ([type, state]) => (await this.#queue.getRanges([type], 0, -1)).map((id) => ({ id, state }))),
    )
    return lists.flat()
  }

  close(): Promise<void> {
    return this.#queue.close()
  }
}
