/**
 * What the queue costs: `npm run bench -- queue`. On Redis and on Postgres, each in turn beside a plain BullMQ worker:
 *
 * - how late a tick begins that goes through the queue: from its due moment to the first statement of its method. One process
 *   schedules a tick every 100 ms, another one runs it. The plain pair is a timer that adds a job and a worker;
 * - how many no-ops a second 1, 2 and 4 processes get from one queue. The same tickets are in the queue for both sides, before
 *   the processes start, and a plain worker does as many at once as an instance has threads. Counted is the time from 5 s
 *   after every process has begun until the first one has run dry;
 * - the same for runs that hash 12 MB, which takes about 10 ms of the processor. A plain worker computes on the thread that also takes
 *   its jobs, an instance on its service threads.
 *
 * Each block has new processes and an empty store. Redis writes its log to the disk once in a second, Postgres does not wait for
 * its disk.
 */
import { findServer } from '../test/support/servers/find-server.js'
import { startPostgres } from '../test/support/servers/postgres.js'
import { startRedis } from '../test/support/servers/redis.js'
import type { TestServer } from '../test/support/servers/server-process.js'
import type { BenchOptions } from './bench-options.js'
import { type Member, runFleet, THREADS } from './queue/fleet.js'
import { perSecond } from './queue/per-second.js'
import { fill, openStore } from './queue/tickets.js'
import type { Row } from './report.js'
import { atPercent } from './statistics.js'
import { type Block, type Comparison, ratioRows, takeTurns, valueRows } from './turns.js'

const STORES = {
  redis: {
    start: async () => {
      const program = await findServer('redis-server')
      return program && startRedis(program, { args: ['--appendfsync', 'everysec'] })
    },
    noops: { quick: 6_000, full: 60_000 },
  },
  postgres: {
    start: async () => {
      const program = await findServer('postgres')
      return program && startPostgres(program)
    },
    noops: { quick: 2_000, full: 12_000 },
  },
} as const

const PROCESSES = [1, 2, 4]
/** Of a run that needs the processor. */
const MEGABYTES = 12
const HASHES = { quick: 600, full: 2_000 }
/** Of each block of a throughput: an instance compiles its code on each of its threads. */
const WARM_UP_MS = { quick: 300, full: 5_000 }
const TICKS_PER_SECOND = 10
/** Of each block: the first ticks load code and open connections. */
const WARM_UP_TICKS = 20

const LATENESS: readonly Comparison[] = [50, 95, 99].map((percent) => {
  return { name: `p${percent}`, unit: 'ms', key: 'lateness', statistic: atPercent(percent) }
})
const THROUGHPUT: Comparison = { name: 'throughput', unit: 'runs/s', key: 'perSecond', statistic: atPercent(50) }

type Program = Member['program']
const CONTENDERS: Readonly<Record<string, Program>> = { escapement: 'engine', 'plain BullMQ': 'plain' }

interface Case {
  readonly name: string
  readonly comparisons: readonly Comparison[]
  readonly measure: (url: string, program: Program) => Promise<Block>
}

export async function queue({ quick, seconds, blocks, only }: BenchOptions): Promise<Row[]> {
  const rounds = blocks ?? (quick ? 2 : 10)
  const length = seconds ?? (quick ? 4 : 20)
  const rows: Row[] = []
  const size = quick ? 'quick' : 'full'
  for (const [store, { start, noops }] of Object.entries(STORES)) {
    const cases = casesOf(store, length, noops[size], HASHES[size], WARM_UP_MS[size]).filter(({ name }) =>
      name.includes(only ?? ''),
    )
    if (cases.length === 0) continue
    const server = await start()
    if (!server) continue
    try {
      for (const each of cases) rows.push(...(await compare(server, each, rounds)))
    } finally {
      await server.stop()
    }
  }
  return rows
}

function casesOf(store: string, seconds: number, noops: number, hashes: number, warmUpMs: number): Case[] {
  const throughput = (what: string, megabytes: number, processes: number, tickets: number): Case => ({
    name: `${store}, ${what} of ${processes} ${processes === 1 ? 'process' : 'processes'} with ${THREADS} threads`,
    comparisons: [THROUGHPUT],
    measure: (url, program) => measureThroughput(url, program, { megabytes, processes, tickets, warmUpMs }),
  })
  return [
    {
      name: `${store}, due to first instruction`,
      comparisons: LATENESS,
      measure: (url, program) => measureLateness(url, program, seconds * TICKS_PER_SECOND),
    },
    ...PROCESSES.map((processes) => throughput('no-ops', 0, processes, noops)),
    ...PROCESSES.map((processes) => throughput(`hashes of ${MEGABYTES} MB`, MEGABYTES, processes, hashes)),
  ]
}

async function compare(server: TestServer, { name, comparisons, measure }: Case, rounds: number): Promise<Row[]> {
  const contenders = Object.fromEntries(
    Object.entries(CONTENDERS).map(([contender, program]) => [
      contender,
      async () => {
        await server.restartEmpty()
        return measure(server.url, program)
      },
    ]),
  )
  const measured = await takeTurns(contenders, rounds)
  const of = { bench: `queue, ${rounds} blocks a side`, case: name }
  const [ours, theirs] = Object.keys(CONTENDERS).map((contender) => measured[contender]!)
  return [
    ...Object.entries(measured).flatMap(([contender, blocks]) => valueRows(of, contender, comparisons, blocks)),
    ...comparisons.flatMap((comparison) =>
      ratioRows({ ...of, case: `${name}, escapement by plain BullMQ` }, comparison, ours!, theirs!),
    ),
  ]
}

async function measureLateness(url: string, program: Program, ticks: number): Promise<Block> {
  const member = { program, service: 'beats', url, namespace: 'bench', megabytes: 0 } as const
  const store = await openStore(url, member.namespace)
  try {
    const enough = WARM_UP_TICKS + ticks
    const members = (['worker', 'scheduler'] as const).map((role): Member => ({ ...member, role }))
    const [lateness] = await runFleet(members, enough, 2 * enough + 1_000)
    return { lateness: lateness!.slice(WARM_UP_TICKS) }
  } finally {
    await store.close()
  }
}

interface Throughput {
  readonly megabytes: number
  readonly processes: number
  readonly tickets: number
  readonly warmUpMs: number
}

async function measureThroughput(
  url: string,
  program: Program,
  { megabytes, processes, tickets, warmUpMs }: Throughput,
): Promise<Block> {
  const member: Member = { program, role: 'worker', service: 'jobs', url, namespace: 'bench', megabytes }
  const store = await openStore(url, member.namespace)
  try {
    await fill(store, tickets)
    const members = Array.from({ length: processes }, () => member)
    const begun = await runFleet(members, tickets, 2 * tickets)
    const runs = begun.flat().length
    if (runs !== tickets) throw new Error(`${program}: ${tickets} tickets were run ${runs} times`)
    return { perSecond: [perSecond(begun, warmUpMs)] }
  } finally {
    await store.close()
  }
}
