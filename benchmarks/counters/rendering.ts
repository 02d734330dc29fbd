/**
 * What it costs to render the metrics of the counters, without HTTP: by prom-client, and by the admin thread, which keeps the text of
 * the rendering before. Between two renderings no timer, a tenth of the timers or each timer has ticked. Rounds alternate. Unit:
 * processor time of the whole process, with what the garbage collector does on other threads.
 */
import { Registry } from 'prom-client'
import { Exposition } from '../../dist/src/admin/exposition/exposition.js'
import type { Catalogue } from '../../dist/src/counters/catalogue.js'
import { Counters } from '../../dist/src/counters/counters.js'
import { DURATION_BOUNDS, LATENESS_BOUNDS } from '../../dist/src/counters/histogram-bounds.js'
import { TIMER_ROW } from '../../dist/src/counters/row-shapes.js'
import { Ledger } from '../../dist/src/dispatch/ledger.js'
import { createMetrics } from '../../dist/src/observe/metrics.js'
import { ratioOf } from '../ratio.js'
import type { Row } from '../report.js'
import { atPercent } from '../statistics.js'

/** How many renderings come before those that are measured: V8 compiles, and the text is kept. */
const WARM_UP = 5

const BASELINE = 'prom-client, each timer ticked'

export async function renderingRows(catalogue: Catalogue, rounds: number): Promise<Row[]> {
  const median = atPercent(50)
  const counters = new Counters(catalogue)
  const registry = new Registry()
  createMetrics({ registry, catalogue, memory: counters.memory })
  const exposition = new Exposition(registry)
  const ours = () => exposition.render()
  const theirs = async () => Buffer.from(await registry.metrics())
  const timers = catalogue.timers.length
  const contenders: Record<string, readonly [render: () => Promise<Buffer>, ticks: number]> = {
    [BASELINE]: [theirs, timers],
    'kept text, no timer ticked': [ours, 0],
    'kept text, a tenth ticked': [ours, timers / 10],
    'kept text, each timer ticked': [ours, timers],
  }
  const costs = new Map(Object.keys(contenders).map((name): [string, number[][]] => [name, []]))
  const tick = ticker(counters)
  let bytes = 0
  for (let round = 0; round < WARM_UP + rounds; round++) {
    for (const [name, [render, ticks]] of rotated(Object.entries(contenders), round)) {
      // So that each contender begins with what the one before it has told.
      await ours()
      for (let count = 0; count < ticks; count++) tick()
      const before = process.cpuUsage()
      bytes = (await render()).length
      const { user, system } = process.cpuUsage(before)
      if (round >= WARM_UP) costs.get(name)!.push([(user + system) / 1_000])
    }
  }
  return [...costs].flatMap(([contender, blocks]): Row[] => {
    const row = { bench: 'counters', case: `render ${Math.round(bytes / 1_000)} kB of metrics`, contender, n: timers }
    const { ratio, low, high } = ratioOf(blocks, costs.get(BASELINE)!, median)
    return [
      { ...row, metric: 'cpu', unit: 'ms/scrape', value: median.of(blocks.flat()) },
      { ...row, metric: 'of prom-client', unit: 'ratio', value: ratio },
      { ...row, metric: 'from', unit: '95 %', value: low },
      { ...row, metric: 'to', unit: '95 %', value: high },
    ]
  })
}

/** So that it is not always the same contender that pays for the garbage of the one before. */
function rotated<Item>(items: readonly Item[], by: number): readonly Item[] {
  const first = by % items.length
  return [...items.slice(first), ...items.slice(0, first)]
}

/** Lets one timer after the other tick, on time or up to a millisecond late. */
function ticker(counters: Counters): () => void {
  const { at } = TIMER_ROW
  let ticks = 0
  return () => {
    const row = counters.timer(ticks % counters.catalogue.timers.length)
    const ledger = new Ledger(row)
    ledger.arrive()
    ledger.dispatch()
    row.begin()
    row.observe(at.lateness, LATENESS_BOUNDS, 1e-6 * (ticks % 997))
    row.observe(at.duration, DURATION_BOUNDS, 1e-5 * (ticks % 991))
    ledger.end('completed')
    row.set(at.lastSuccess, FIRST_TICK + ticks)
    row.set(at.nextTick, FIRST_TICK + ticks + 1_000)
    ticks++
  }
}

/** Unit: milliseconds of Unix time. */
const FIRST_TICK = Date.UTC(2026, 0, 1)
