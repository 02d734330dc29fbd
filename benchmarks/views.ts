/**
 * What the admin thread does for those who look: to take ticks into the history, and to make each view, of engines with 100, 500 and
 * 1,000 timers that have a full history of 200 ticks each. There is no engine beside it, so these are times of a thread that is alone.
 *
 * - `view`: to make the answer.
 * - `request`: from an HTTP request of the same thread to the last byte of the answer.
 */
import { once } from 'node:events'
import { get } from 'node:http'
import { Registry } from 'prom-client'
import { createHttpServer } from '../dist/src/admin/server.js'
import { systemClock } from '../dist/src/kernel/clock.js'
import type { BenchOptions } from './bench-options.js'
import type { Row } from './report.js'
import { atPercent } from './statistics.js'
import { FilledEngine } from './views/filled-engine.js'

const HEALTHY = { live: true, ready: true, problems: [] }

interface Look {
  readonly view: () => unknown
  readonly path: string
}

export async function views({ quick }: BenchOptions): Promise<Row[]> {
  const rows: Row[] = []
  for (const timers of quick ? [100, 1_000] : [100, 500, 1_000]) rows.push(...(await measure(timers, quick ? 20 : 100)))
  return rows
}

async function measure(timers: number, rounds: number): Promise<Row[]> {
  const engine = new FilledEngine(timers)
  const server = await createHttpServer({
    host: '127.0.0.1',
    port: 0,
    allowedHosts: [],
    registry: new Registry(),
    health: async () => HEALTHY,
    api: { views: engine.insight, control: refuse, clock: systemClock(), onReaderDropped: () => {} },
  })
  const row = (of: string, metric: string, unit: string, value: number): Row => {
    return { bench: 'views', case: of, contender: 'admin thread', n: timers, metric, unit, value }
  }
  try {
    const taken = Array.from({ length: rounds }, () => (1_000 * engine.tickAll()) / timers)
    const rows = [row('the history takes in a tick', 'p50', 'µs', atPercent(50).of(taken))]
    for (const [name, { view, path }] of Object.entries(looksAt(engine))) {
      const url = `${server.address.url}${path}`
      const viewMs = await timed(rounds, view)
      const requestMs = await timed(rounds, () => lengthOf(url))
      rows.push(
        row(name, 'view p50', 'ms', atPercent(50).of(viewMs)),
        row(name, 'view p99', 'ms', atPercent(99).of(viewMs)),
        row(name, 'request p50', 'ms', atPercent(50).of(requestMs)),
        row(name, 'answer', 'kB', (await lengthOf(url)) / 1_000),
      )
    }
    return rows
  } finally {
    await server.close()
  }
}

function looksAt({ insight, ids }: FilledEngine): Record<string, Look> {
  const id = ids[0]!
  return {
    'the status': { view: () => insight.status(false), path: '/api/status' },
    'all entrypoints with 60 ticks each': { view: () => insight.entrypoints(), path: '/api/entrypoints' },
    'all entrypoints without ticks': {
      view: () => insight.entrypoints({ cells: 0 }),
      path: '/api/entrypoints?cells=0',
    },
    'one entrypoint': { view: () => insight.entrypoint(id), path: `/api/entrypoints/${id}` },
    'why, of one entrypoint': { view: () => insight.why(id), path: `/api/entrypoints/${id}/why` },
    'the last 200 ticks of all': { view: () => insight.ticks({}), path: '/api/ticks' },
    'the services': { view: () => insight.services(), path: '/api/services' },
  }
}

async function refuse(): Promise<never> {
  throw new Error('nobody controls the engine of this benchmark')
}

/** How long each of some calls takes, after a few that are not counted. Unit: milliseconds. */
async function timed(rounds: number, work: () => unknown): Promise<number[]> {
  const took: number[] = []
  for (let round = -3; round < rounds; round++) {
    const begun = performance.now()
    await work()
    if (round >= 0) took.push(performance.now() - begun)
  }
  return took
}

/** Reads a URL to its end, and returns how long the answer is. Unit: bytes. */
async function lengthOf(url: string): Promise<number> {
  const [response] = await once(get(url), 'response')
  if (response.statusCode !== 200) throw new Error(`${url} was answered with ${response.statusCode}`)
  let bytes = 0
  for await (const chunk of response) bytes += chunk.length
  return bytes
}
