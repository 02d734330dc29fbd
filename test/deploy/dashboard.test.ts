/** The Grafana dashboard: its queries name only what exists, and Prometheus' own parser accepts them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { METRICS } from '../../src/observe/metric-table.js'
import { problemsOf } from './check-query.js'
import { asSent, dashboard, dashboardQueries } from './dashboard.js'
import { readQuery } from './promql.js'
import { promtool, runPromtool } from './promtool.js'

/** Shown nowhere, with the reason. */
const NOT_SHOWN = [
  // Interval and time-out are what other queries compare with.
  'escapement_last_success_timestamp_seconds',
  // A reader that was dropped knows it, and the log says so.
  'escapement_event_readers_dropped_total',
]

describe('the Grafana dashboard', () => {
  it('every query of the Grafana dashboard names only metrics, labels and values that exist', () => {
    const problems = dashboardQueries.flatMap(({ where, expr }) =>
      problemsOf(expr).map((problem) => `${where}: ${problem}`),
    )
    expect(problems).toEqual([])
    expect(dashboardQueries.length).toBeGreaterThan(40)
  })

  it('the selectors of the Grafana dashboard name only metrics and labels that exist', () => {
    const selectors = dashboard.templating.list.flatMap(({ definition }) => definition ?? [])
    expect(selectors).toHaveLength(3)
    for (const definition of selectors) {
      const [, query, label] = /^label_values\((.*), (\w+)\)$/.exec(definition)!
      expect(problemsOf(`sum by (${label}) (${query})`)).toEqual([])
    }
  })

  it('the Grafana dashboard shows every metric of the engine', () => {
    const shown = new Set(
      dashboardQueries.flatMap(({ expr }) =>
        readQuery(expr).selectors.map(({ metric }) => metric.replace(/_bucket$/, '')),
      ),
    )
    const names = Object.values(METRICS).map(({ name }) => name)
    expect(names.filter((name) => !shown.has(name)).sort()).toEqual([...NOT_SHOWN].sort())
  })

  it('every panel of the Grafana dashboard says what it shows', () => {
    const panels = dashboard.panels.filter(({ type }) => type !== 'row')
    expect(panels.filter(({ description }) => !description).map(({ title }) => title)).toEqual([])
  })
})

describe.skipIf(!promtool)('the Grafana dashboard and promtool', () => {
  it('promtool parses every query of the Grafana dashboard', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'escapement-dashboard-'))
    try {
      const rules = dashboardQueries.map(({ expr }, index) => ({ record: `query_${index}`, expr: asSent(expr) }))
      const file = join(folder, 'queries.yaml')
      await writeFile(file, stringify({ groups: [{ name: 'dashboard', rules }] }))
      expect(await runPromtool('check', 'rules', file)).toMatchObject({
        code: 0,
        said: expect.stringContaining(`${rules.length} rules found`),
      })
      await writeFile(file, stringify({ groups: [{ name: 'dashboard', rules: [{ record: 'wrong', expr: 'sum(' }] }] }))
      expect(await runPromtool('check', 'rules', file)).toMatchObject({ code: 1 })
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
