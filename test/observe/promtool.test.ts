/** What Prometheus' own checker says about the metrics. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { OutputMemory } from '../../src/kernel/output/output-memory.js'
import { createMetrics } from '../../src/observe/metrics.js'
import { outputDrops } from '../../src/observe/output-drops.js'
import { UserMetrics } from '../../src/observe/user-metrics.js'
import { countersFor } from '../support/counters.js'
import { findServer } from '../support/servers/find-server.js'
import { timerDefinition } from '../support/timer.js'

const promtool = await findServer('promtool')

async function check(metrics: string) {
  const child = spawn(promtool!, ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.end(metrics)
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
  if (child.exitCode === null) await once(child, 'exit')
  return { code: child.exitCode, said: output + errors }
}

describe.skipIf(!promtool)('promtool check metrics', () => {
  it('promtool check metrics has nothing to say about the metrics of the engine', async () => {
    const registry = new Registry()
    const { dropped } = new UserMetrics({ registry, onConflict: () => {} })
    const { catalogue, memory } = countersFor([timerDefinition({ scope: 'cluster' })], {
      rpcs: [{ kind: 'rpc', id: 'svc.ask', service: 'svc', method: 'ask' }],
      leases: ['svc'],
      usesMembers: true,
    })
    createMetrics({ registry, catalogue, memory, others: [dropped, outputDrops(new OutputMemory())] })
    expect(await check(await registry.metrics())).toEqual({ code: 0, said: '' })
  })

  it('promtool check metrics would complain about a quantile that is no summary', async () => {
    const metrics = '# HELP lag_seconds Lag.\n# TYPE lag_seconds gauge\nlag_seconds{quantile="1"} 0\n'
    expect(await check(metrics)).toMatchObject({ code: 3, said: expect.stringContaining('quantile') })
  })
})
