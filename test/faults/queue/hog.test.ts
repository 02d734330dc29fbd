/**
 * A job that burns a core for HOG_SECONDS (default 9) without ever yielding, with a lock of a fraction of
 * that: HOG_LOCK_SECONDS, default 3 on Redis and 5 on Postgres. Over Redis beside a plain worker of BullMQ that does the same.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Queue } from 'bullmq'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { TestServer } from '../../support/servers/server-process.js'
import { backend } from '../support/backends.js'
import { EventLog } from '../support/event-log.js'
import { QueueFleet } from './support/queue-fleet.js'
import { countsOf } from './support/ticket-counts.js'

/** CI runs one store; with HOG_SECONDS both run. */
const STORES = process.env.HOG_SECONDS ? (['redis', 'postgres'] as const) : (['redis'] as const)
const SECONDS = 9
const LOCK_SECONDS = { redis: 3, postgres: 5 }
const TWIN = fileURLToPath(new URL('../../fixtures/services/queued-hog-twin.mjs', import.meta.url))

interface TwinEvent {
  readonly twin: number
  readonly word: 'ready' | 'begin' | 'end'
}

/** Two plain workers and one job: resolves to what they said until a job has begun for the second time. */
async function runTwins(
  { url, port }: TestServer,
  seconds: number,
  lockSeconds: number,
): Promise<readonly TwinEvent[]> {
  const queue = new Queue('twins', { connection: { host: '127.0.0.1', port } })
  const said = new EventLog<TwinEvent>()
  const twins: ChildProcess[] = []
  try {
    for (const twin of [1, 2]) {
      const child = fork(TWIN, [url, 'twins', String(seconds * 1_000), String(lockSeconds * 1_000)], {
        execArgv: [],
      })
      twins.push(child)
      child.on('message', (word: TwinEvent['word']) => said.add({ twin, word }))
      await said.first(`twin ${twin} is ready`, (event) => event.twin === twin && event.word === 'ready')
    }
    await queue.add('burn', {})
    const begins = () => said.items.filter(({ word }) => word === 'begin').length
    if (begins() < 2) await said.next('a plain worker begins the job again', () => begins() === 2, seconds * 2_000)
    return said.items
  } finally {
    for (const child of twins) child.kill('SIGKILL')
    await queue.close()
  }
}

describe.each(STORES)('a job that burns a core for longer than its lock, over %s', async (name) => {
  const store = await backend(name)
  const seconds = Number(process.env.HOG_SECONDS ?? SECONDS)
  const lockSeconds = Number(process.env.HOG_LOCK_SECONDS ?? LOCK_SECONDS[name])

  // One store is enough for it.
  if (name === 'redis') {
    it.skipIf(!store)(
      'is handed out again while it runs, on a plain worker of BullMQ',
      async () => {
        const server = await store!.start()
        onTestFinished(() => server.stop())
        const said = await runTwins(server, seconds, lockSeconds)
        const begun = said.flatMap(({ word, twin }) => (word === 'begin' ? [twin] : []))
        expect(begun.sort()).toEqual([1, 2])
        expect(said.filter(({ word }) => word === 'end')).toEqual([])
      },
      (seconds * 2 + 60) * 1_000,
    )
  }

  it.skipIf(!store)(
    'is begun once and completed once with scope queue',
    async () => {
      expect(seconds).toBeGreaterThan(2 * lockSeconds)
      const server = await store!.start()
      onTestFinished(() => server.stop())
      const settings = () => [`hogSeconds=${seconds}`, `escapement.queue.lock=${lockSeconds}s`]
      const fleet = await QueueFleet.start({ server, module: 'queued-hog.mjs', service: 'hog', size: 2, settings })
      const [instance] = fleet.cluster.instances
      await fleet.control(instance!, 'trigger', 'hog.burn')
      await fleet.cluster.eventLog.first('the run is over', ({ kind }) => kind === 'over', seconds * 1_000 + 30_000)
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
    (seconds + 90) * 1_000,
  )
})
