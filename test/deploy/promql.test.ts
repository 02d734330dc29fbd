/** The tests of rules and dashboards rely on this reader of queries, so it is shown to find what is wrong. */
import { describe, expect, it } from 'vitest'
import { problemsOf } from './check-query.js'
import { readQuery } from './promql.js'

describe('the reader of queries', () => {
  it('the reader of queries finds metrics, matchers, groupings and made labels', () => {
    const query = `label_replace(sum by (service, le) (rate(a_bucket{reason=~"x|y", job!="z"}[5m])), "made", "$1", "method", "(.*)") > 2 * on (made) b`
    expect(readQuery(query)).toEqual({
      selectors: [
        {
          metric: 'a_bucket',
          matchers: [
            { label: 'reason', operator: '=~', value: 'x|y' },
            { label: 'job', operator: '!=', value: 'z' },
          ],
        },
        { metric: 'b', matchers: [] },
      ],
      grouping: ['service', 'le', 'made'],
      made: ['made'],
    })
  })

  it.each([
    ['sum(rate(escapement_run_total[5m]))', 'there is no metric escapement_run_total'],
    ['escapement_runs_total{reason="paused"}', 'escapement_runs_total has no label reason'],
    ['escapement_ticks_skipped_total{reason=~"paused|late"}', 'escapement_ticks_skipped_total: reason is never late'],
    ['escapement_start_lateness_seconds > 1', 'there is no metric escapement_start_lateness_seconds'],
    ['sum by (pool) (escapement_runs_active)', 'groups by pool'],
    ['1 > 0', 'names no metric'],
  ])('the query %s is refused', (query, problem) => {
    expect(problemsOf(query).join()).toContain(problem)
  })
})
