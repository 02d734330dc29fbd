/**
 * Measures how long a deployment has no leader. Three real processes share a store with the fast profile (ttl 5 s), and their
 * leader is killed, told to stop and frozen in turn. The time runs from the signal to the next leader's lease, and to the
 * first statement of its first run of a 100 ms timer. The three stores are measured at the same time, because the benchmark
 * mostly waits.
 *
 * Afterwards all runs and writes are checked. The rows of violations must be 0.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Backend, backend } from '../test/faults/support/backends.js'
import type { Rule } from '../test/faults/support/checker.js'
import type { Nanos } from '../test/faults/support/history.js'
import type { Instance } from '../test/faults/support/instance.js'
import { nanosOfLine } from '../test/faults/support/log-lines.js'
import { TestCluster } from '../test/faults/support/test-cluster.js'
import type { BenchOptions } from './bench-options.js'
import { percentile, type Row } from './report.js'

type Way = 'SIGKILL' | 'SIGSTOP' | 'SIGTERM'

/** The times without a leader, in milliseconds from the signal. */
interface Vacancy {
  readonly toLease: number
  readonly toRun: number
}

const SIZE = 3
/** Rounds at each store. With three stores and two ways to lose a leader by force, 17 rounds make 102 changes. */
const FULL_ROUNDS = 17
const QUICK_ROUNDS = 2
/** The renewal interval of a lease. The leader is lost at a random time between two renewals. */
const RENEWAL_MS = 500

const PERCENTILES = [
  ['p50', 50],
  ['p95', 95],
  ['max', 100],
] as const

export async function failover({ quick, seconds }: BenchOptions): Promise<Row[]> {
  const backends = await Promise.all((['redis', 'postgres', 'etcd'] as const).map(backend))
  const until = seconds === undefined ? Number.POSITIVE_INFINITY : performance.now() + seconds * 1_000
  const rounds = seconds === undefined ? (quick ? QUICK_ROUNDS : FULL_ROUNDS) : Number.POSITIVE_INFINITY
  const rows = await Promise.all(backends.flatMap((store) => (store ? measure(store, rounds, until) : [])))
  return rows.flat()
}

async function measure(store: Backend, rounds: number, until: number): Promise<Row[]> {
  const server = await store.start()
  try {
    const cluster = await TestCluster.start({ server, modules: ['coordinated-leader.mjs'], size: SIZE })
    try {
      const vacancies: Record<Way, Vacancy[]> = { SIGKILL: [], SIGSTOP: [], SIGTERM: [] }
      for (let round = 0; round < rounds && performance.now() < until; round++) {
        for (const [way, lose] of WAYS) vacancies[way].push(await change(cluster, lose))
      }
      await cluster.stop()
      return rowsOf(store.name, cluster, vacancies)
    } finally {
      await cluster.close()
    }
  } finally {
    await server.stop()
  }
}

/** Takes the lead away from `leader`, then restores the cluster. Returns the time of the signal. `taken` resolves when another instance leads. */
type Lose = (cluster: TestCluster, leader: Instance, taken: Promise<unknown>) => Promise<Nanos>

const WAYS: readonly (readonly [Way, Lose])[] = [
  [
    'SIGKILL',
    async (cluster, leader, taken) => {
      const at = await leader.kill()
      await taken
      await cluster.restart(cluster.nodeOf(leader)).ready()
      return at
    },
  ],
  [
    'SIGTERM',
    async (cluster, leader) => {
      const at = await leader.terminate()
      await cluster.restart(cluster.nodeOf(leader)).ready()
      return at
    },
  ],
  [
    'SIGSTOP',
    async (cluster, leader, taken) => {
      const { run, letGo } = await cluster.register.holdNextRun(leader.name)
      const at = leader.freeze()
      await taken
      leader.thaw()
      letGo()
      await leader.says(`that it has lost ${run.token}`, ({ msg, epoch }) => {
        return msg === 'lease lost' && epoch === String(run.token)
      })
      return at
    },
  ],
]

async function change(cluster: TestCluster, lose: Lose): Promise<Vacancy> {
  const leader = await cluster.nextLeader()
  await sleep(RENEWAL_MS * Math.random())
  const taken = cluster.nextLeader([leader])
  const at = await lose(cluster, leader, taken)
  const { name, lines } = await taken
  const begin = cluster.eventLog.items.find(
    (entry) => entry.kind === 'begin' && entry.instance === name && entry.at > at,
  )
  const acquired = lines.items.findLast(({ msg }) => msg === 'lease acquired')
  return { toLease: millis(nanosOfLine(acquired!) - at), toRun: millis(begin!.at - at) }
}

function rowsOf(contender: string, cluster: TestCluster, vacancies: Record<Way, Vacancy[]>): Row[] {
  const row = (part: string, n: number, metric: string, unit: string, value: number): Row => {
    return { bench: 'failover', case: part, contender, n, metric, unit, value }
  }
  const times = Object.entries(vacancies).flatMap(([way, all]) =>
    (['toLease', 'toRun'] as const).flatMap((end) => {
      const sorted = all.map((vacancy) => vacancy[end]).sort((a, b) => a - b)
      const part = `${way} to the ${end === 'toLease' ? "next leader's lease" : 'first run under it'}`
      return PERCENTILES.map(([metric, p]) => row(part, all.length, metric, 'ms', percentile(sorted, p)))
    }),
  )
  const { violations, eventLog } = cluster
  const writes = eventLog.items.filter((entry) => entry.kind === 'write')
  const changes = Object.values(vacancies).reduce((total, { length }) => total + length, 0)
  const among = (...rules: readonly Rule[]) => violations.filter(({ rule }) => rules.includes(rule)).length
  const count = (metric: string, value: number) => row('violations, in all changes', changes, metric, 'n', value)
  for (const { rule, detail } of violations) console.error(`${contender}: ${rule}: ${detail}`)
  return [
    ...times,
    count('ticks run twice', among('tick_twice')),
    count('stale writes accepted', among('stale_write')),
    count('two leaders', among('leaders_overlap', 'token_shared', 'token_back')),
    count('open ledgers', among('ledger_open')),
    row('seen by the storage', writes.length, 'stale writes refused', 'n', refused(writes)),
  ]
}

function refused(writes: readonly { readonly accepted: boolean }[]): number {
  return writes.filter(({ accepted }) => !accepted).length
}

function millis(span: Nanos): number {
  return Number(span) / 1e6
}
