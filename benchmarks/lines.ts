/**
 * Log lines of 5, 12 and 200 kB of three services of `escapement run`, into a pipe whose reader parses each line: how many arrive
 * whole, torn, or not at all.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { BenchOptions } from './bench-options.js'
import type { Row } from './report.js'

const MAIN = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url))
const SERVICES = ['small', 'medium', 'large']

export async function lines({ quick }: BenchOptions): Promise<Row[]> {
  const each = quick ? 100 : 3_334
  const module = fileURLToPath(new URL('lines/services.mjs', import.meta.url))
  const args = [MAIN, 'run', module, '--no-http', '--set', `LINES=${each}`]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const arrived = new Map(SERVICES.map((service) => [service, new Set<number>()]))
  const begun = performance.now()
  let [torn, done, bytes] = [0, 0, 0]
  for await (const line of createInterface({ input: child.stdout })) {
    bytes += line.length
    try {
      const { msg, service, number } = JSON.parse(line)
      if (msg === 'filled') arrived.get(service)?.add(number)
      if (msg === 'done' && ++done === SERVICES.length) child.kill('SIGTERM')
    } catch {
      torn++
    }
  }
  await exited
  const whole = [...arrived.values()].reduce((sum, { size }) => sum + size, 0)
  const n = SERVICES.length * each
  const row = (metric: string, unit: string, value: number): Row => {
    return { bench: 'lines', case: 'lines of 5, 12 and 200 kB', contender: 'escapement run', n, metric, unit, value }
  }
  return [
    row('whole', 'lines', whole),
    row('torn', 'lines', torn),
    row('missing', 'lines', n - whole),
    row('throughput', 'MB/s', bytes / 1e3 / (performance.now() - begun)),
  ]
}
