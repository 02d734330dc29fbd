import { describe, expect, it } from 'vitest'
import { seriesOf, type TimerSeries } from '../../src/counters/series.js'
import type { TimerDefinition } from '../../src/kernel/definitions.js'
import { TICKET_EVENTS } from '../../src/kernel/ticket.js'
import { ABORT_CAUSES, CLAIM_RESULTS, OUTCOMES, RETRY_RESULTS, SKIP_REASONS } from '../../src/kernel/vocabulary.js'
import { timerDefinition } from '../support/timer.js'

const PLAIN: TimerSeries = {
  skipped: ['running', 'missed', 'saturated', 'paused', 'quarantined', 'superseded', 'stopping'],
  runs: ['completed', 'failed', 'aborted', 'crashed'],
  aborts: ['stopping', 'manual'],
  retries: [],
  claims: [],
  tickets: [],
}

const BREAKER = { failures: 5, reset: 1, factor: 1, max: 1 }
const WINDOW = { days: ['mon'], fromMinute: 0, toMinute: 60 } as const
const RETRY = { attempts: 2, backoff: { initial: 1, factor: 1, max: 1, jitter: 0 } }

/** An option, and what it adds to the series of a plain timer, or takes from them. */
const TABLE: [option: Partial<TimerDefinition>, more: Partial<TimerSeries>, fewer?: Partial<TimerSeries>][] = [
  [{ overlap: 'allow' }, {}],
  [{ overlap: 'wait' }, {}, { skipped: ['running', 'saturated'] }],
  [{ overlap: 'replace' }, { aborts: ['replaced'] }, { skipped: ['running', 'saturated'] }],
  [{ timeout: 1 }, { runs: ['timed_out'], aborts: ['timeout'] }],
  [{ hasWhen: true }, { runs: ['declined'] }],
  [{ retry: RETRY }, { retries: RETRY_RESULTS }],
  [{ breaker: BREAKER }, { skipped: ['circuit_open'] }],
  [{ window: WINDOW }, { skipped: ['outside_window'] }],
  [
    { scope: 'leader', lease: 'svc' },
    { skipped: ['not_leader'], aborts: ['lease_lost'] },
  ],
  [{ scope: 'cluster' }, { skipped: ['claimed_elsewhere', 'claim_unknown', 'claim_refused'], claims: CLAIM_RESULTS }],
  [
    { scope: 'queue', offerLease: 'svc/queue' },
    { skipped: ['not_leader', 'claim_unknown'], aborts: ['lease_lost'], tickets: TICKET_EVENTS },
    { skipped: ['saturated', 'quarantined'] },
  ],
  [
    { scope: 'queue', overlap: 'allow' },
    { skipped: ['claim_unknown'], aborts: ['lease_lost'], tickets: TICKET_EVENTS },
    { skipped: ['running', 'saturated', 'quarantined'], tickets: ['busy'] },
  ],
]

const ENUMS: { readonly [Field in keyof TimerSeries]: readonly string[] } = {
  skipped: SKIP_REASONS,
  runs: OUTCOMES,
  aborts: ABORT_CAUSES,
  retries: RETRY_RESULTS,
  claims: CLAIM_RESULTS,
  tickets: TICKET_EVENTS,
}

function changed(more: Partial<TimerSeries>, fewer: Partial<TimerSeries> = {}): TimerSeries {
  const entries = Object.entries(ENUMS).map(([name, values]) => {
    const field = name as keyof TimerSeries
    const has = (of: Partial<TimerSeries>, value: string) =>
      (of[field] as readonly string[] | undefined)?.includes(value)
    return [field, values.filter((value) => (has(PLAIN, value) || has(more, value)) && !has(fewer, value))]
  })
  return Object.fromEntries(entries) as TimerSeries
}

describe('the series of a timer', () => {
  it('the series of a timer without options are those that can occur to any timer', () => {
    expect(seriesOf(timerDefinition())).toEqual(PLAIN)
  })

  it.each(TABLE)('the series of a timer with %o are those of a plain one and others', (option, more, fewer) => {
    expect(seriesOf(timerDefinition(option))).toEqual(changed(more, fewer))
  })

  it('the series of a timer that has every option are all there are', () => {
    const all = (given: Partial<TimerDefinition>) =>
      seriesOf(timerDefinition({ ...Object.assign({}, ...TABLE.map(([option]) => option)), lease: 'svc', ...given }))
    const together = [
      all({ scope: 'cluster', overlap: 'skip' }),
      all({ scope: 'instance', overlap: 'replace' }),
      all({ scope: 'queue', overlap: 'skip' }),
    ]
    for (const [field, values] of Object.entries(ENUMS)) {
      const shown = new Set<string>(
        together.flatMap((series) => series[field as keyof TimerSeries] as readonly string[]),
      )
      expect(values.filter((value) => !shown.has(value))).toEqual([])
    }
  })
})
