/**
 * What the dashboard costs the browser, in Debian's Chromium, before a server that answers as the API does. Each entrypoint has one
 * tick a second, told in four batches; the facts are asked for every 3 s, as always:
 *
 * - `500, quiet`: 500 entrypoints, no ticks.
 * - `500, ticking`: 500 entrypoints, 500 ticks a second.
 * - `50, ticking`: 50 entrypoints, 50 ticks a second.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser } from 'playwright-core'
import { startChromium } from '../test/support/dashboard/browser.js'
import { FakeApi } from '../test/support/dashboard/fake-api.js'
import { largeDeployment } from '../test/support/dashboard/fake-deployment.js'
import type { BenchOptions } from './bench-options.js'
import type { Row } from './report.js'
import { atPercent } from './statistics.js'
import { type Block, type Comparison, takeTurns, valueRows } from './turns.js'

const BATCHES_PER_SECOND = 4

const COMPARISONS: readonly Comparison[] = [
  { name: 'main thread busy', unit: '%', key: 'busyPercent', statistic: atPercent(50) },
  { name: 'time between frames p50', unit: 'ms', key: 'frameMs', statistic: atPercent(50) },
  { name: 'time between frames p99', unit: 'ms', key: 'frameMs', statistic: atPercent(99) },
  { name: 'longest time between frames', unit: 'ms', key: 'frameMs', statistic: atPercent(100) },
  { name: 'from the request of the page to the live list', unit: 'ms', key: 'liveMs', statistic: atPercent(50) },
]

/** Notes the time between each two frames. */
const COUNT_FRAMES = `
  globalThis.frames = []
  let last = performance.now()
  requestAnimationFrame(function next(now) {
    frames.push(now - last)
    last = now
    requestAnimationFrame(next)
  })
`

export async function dashboard({ quick, seconds, blocks }: BenchOptions): Promise<Row[]> {
  const length = seconds ?? (quick ? 5 : 20)
  const rounds = blocks ?? (quick ? 1 : 5)
  const browser = await startChromium()
  if (!browser) throw new Error('Chromium is needed (Debian: apt-get install chromium)')
  try {
    const measured = await takeTurns(
      {
        '500, quiet': () => measure(browser, 500, 0, length),
        '500, ticking': () => measure(browser, 500, 1, length),
        '50, ticking': () => measure(browser, 50, 1, length),
      },
      rounds,
    )
    const of = { bench: `dashboard, ${rounds} blocks of ${length} s`, case: 'the list of all entrypoints' }
    return Object.entries(measured).flatMap(([name, found]) => valueRows(of, name, COMPARISONS, found))
  } finally {
    await browser.close()
  }
}

async function measure(browser: Browser, entrypoints: number, ticksPerSecond: number, seconds: number): Promise<Block> {
  const now = Date.now()
  const api = await FakeApi.start({ deployment: largeDeployment(now, entrypoints), now })
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
  try {
    const startedAt = performance.now()
    await page.goto(api.url)
    await page.locator('.connection.live').waitFor()
    const liveMs = performance.now() - startedAt
    const session = await page.context().newCDPSession(page)
    await session.send('Performance.enable')
    const busySeconds = async () => {
      const { metrics } = await session.send('Performance.getMetrics')
      return metrics.find(({ name }) => name === 'TaskDuration')!.value
    }
    await page.evaluate(COUNT_FRAMES)
    const before = await busySeconds()
    const from = performance.now()
    for (let batch = 0; batch < seconds * BATCHES_PER_SECOND; batch++) {
      await sleep(Math.max(0, from + (batch * 1_000) / BATCHES_PER_SECOND - performance.now()))
      if (ticksPerSecond > 0) api.endTicks(cellsOfBatch(entrypoints, batch, now))
      if (batch % (2 * BATCHES_PER_SECOND) === 0) api.send('status', api.status())
    }
    const elapsed = (performance.now() - from) / 1_000
    const busyPercent = (100 * ((await busySeconds()) - before)) / elapsed
    return { frameMs: await page.evaluate<number[]>('frames'), busyPercent: [busyPercent], liveMs: [liveMs] }
  } finally {
    await page.close()
    await api.close()
  }
}

/** Every fourth entrypoint has a tick in each batch. */
function cellsOfBatch(entrypoints: number, batch: number, now: number) {
  const cells: [number, number, number, number, number, number][] = []
  for (let index = batch % BATCHES_PER_SECOND; index < entrypoints; index += BATCHES_PER_SECOND) {
    cells.push([index, now + batch * 250, batch % 17 === 0 ? 1 : 0, 1, 15 + (batch % 7), 3_000 + (index % 11) * 100])
  }
  return cells
}
