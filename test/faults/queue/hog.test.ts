/**
 * A job that burns a core for HOG_SECONDS (default 16) without ever yielding, with a lock of a fraction of that: HOG_LOCK_SECONDS,
 * default 3 on Redis and 5 on Postgres. Beside it a plain worker of BullMQ that does the same.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createPostgresBackend, Queue, runMigrations } from 'bullmq'
import { Client } from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { TestServer } from '../../support/servers/server-process.js'
import { backend } from '../support/backends.js'
import { EventLog } from '../support/event-log.js'
import { QueueFleet } from './support/queue-fleet.js'
import { countsOf } from './support/ticket-counts.js'

const SECONDS = Number(process.env.HOG_SECONDS ?? 16)
const LOCK_SECONDS = { redis: 3, postgres: 5 }
const TWIN = fileURLToPath(new URL('../../fixtures/services/queued-hog-twin.mjs', import.meta.url))

interface TwinEvent {
  readonly twin: number
  readonly word: 'ready' | 'begin' | 'end'
}

async function openQueue({ url, port }: TestServer, name: string): Promise<Queue> {
  if (url.startsWith('redis:')) return new Queue(name, { connection: { host: '127.0.0.1', port } })
  const client = new Client({ connectionString: url })
  await client.connect()
  await runMigrations(client as never)
  await client.end()
  return new Queue(name, { connection: { connectionString: url } } as never, createPostgresBackend as never)
}

/** Two plain workers and one job: resolves to what they said until a job has begun for the second time. */
async function runTwins(server: TestServer, lockSeconds: number): Promise<readonly TwinEvent[]> {
  const queue = await openQueue(server, 'twins')
  const said = new EventLog<TwinEvent>()
  const twins: ChildProcess[] = []
  try {
    for (const twin of [1, 2]) {
      const child = fork(TWIN, [server.url, 'twins', String(SECONDS * 1_000), String(lockSeconds * 1_000)], {
        execArgv: [],
      })
      twins.push(child)
      child.on('message', (word: TwinEvent['word']) => said.add({ twin, word }))
      await said.first(`twin ${twin} is ready`, (event) => event.twin === twin && event.word === 'ready')
    }
    await queue.add('burn', {})
    const begins = () => said.items.filter(({ word }) => word === 'begin').length
    if (begins() < 2) await said.next('a plain worker begins the job again', () => begins() === 2, SECONDS * 2_000)
    return said.items
  } finally {
    for (const child of twins) child.kill('SIGKILL')
    await queue.close()
  }
}

describe.each(['redis', 'postgres'] as const)(
  'a job that burns a core for longer than its lock, over %s',
  async (name) => {
    const store = await backend(name)
    const lockSeconds = Number(process.env.HOG_LOCK_SECONDS ?? LOCK_SECONDS[name])

    it.skipIf(!store)(
      'is begun once and completed once, while the same job on a plain worker of BullMQ is handed out again',
      async () => {
        expect(SECONDS).toBeGreaterThan(3 * lockSeconds)
        const server = await store!.start()
        onTestFinished(() => server.stop())

        const said = await runTwins(server, lockSeconds)
        expect(
          said
            .filter(({ word }) => word === 'begin')
            .map(({ twin }) => twin)
            .sort(),
        ).toEqual([1, 2])
        expect(said.filter(({ word }) => word === 'end')).toEqual([])

        const settings = () => [`hogSeconds=${SECONDS}`, `escapement.queue.lock=${lockSeconds}s`]
        const fleet = await QueueFleet.start({ server, module: 'queued-hog.mjs', service: 'hog', size: 2, settings })
        const [instance] = fleet.cluster.instances
        await fleet.control(instance!, 'trigger', 'hog.burn')
        await fleet.cluster.eventLog.first('the run is over', ({ kind }) => kind === 'over', SECONDS * 1_000 + 30_000)
        const counts = await countsOf(fleet.cluster.instances)
        await fleet.cluster.stop()

        expect(counts).toMatchObject({ kept: 1, taken: 1, redelivered: 0, returned: 0, refused: 0 })
        const entries = fleet.journal.entries()
        expect(entries.filter(({ kind }) => kind === 'begin' || kind === 'end').map(({ kind }) => kind)).toEqual([
          'begin',
          'end',
        ])
        expect(entries.filter(({ kind }) => kind === 'settled')).toMatchObject([
          { settlement: 'completed', answer: 'accepted', delivery: 1 },
        ])
        expect(fleet.cluster.violations).toEqual([])
      },
      (SECONDS * 3 + 90) * 1_000,
    )
  },
)
