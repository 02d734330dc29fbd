/** Results of the comparison with two contenders beside Escapement: it is better than one, and worse than or not unlike the other. */
import type { PartResult, Results } from '../../../benchmarks/compare/results.js'

export const PART: PartResult = {
  title: 'Dispatch',
  description: 'No-ops.',
  measuredAt: '2026-01-05T09:00:00.000Z',
  command: 'npm run bench -- compare --only dispatch',
  tookSeconds: 300,
  blocks: 10,
  blockSeconds: 5,
  machine: { node: '20.19.0', v8: '11.3', cpu: 'A CPU', cores: 2, kernel: 'Linux 6', timerSlackNs: 50_000 },
  busyAtStart: 0.25,
  versions: { piscina: '5.3.2' },
  cases: [
    {
      group: 'Idle: one run',
      metrics: [
        { name: 'p50', unit: 'µs', better: 'less', isCompared: true, isDrawn: true },
        { name: 'throughput', unit: 'runs/s', better: 'more', isCompared: true, isDrawn: false },
        { name: 'early', unit: 'starts', better: 'none', isCompared: false, isDrawn: false },
      ],
      contenders: [
        {
          name: 'Escapement',
          isOurs: true,
          blocks: 10,
          samples: 100,
          values: { p50: 10, throughput: 50, early: 0 },
          ratios: {},
        },
        {
          name: 'slow',
          isOurs: false,
          note: 'drives slowly',
          blocks: 10,
          samples: 100,
          values: { p50: 1_000, throughput: 10, early: 7 },
          ratios: { p50: { ratio: 0.01, low: 0.008, high: 0.02 }, throughput: { ratio: 5, low: 4, high: 6 } },
        },
        {
          name: 'alike',
          isOurs: false,
          blocks: 10,
          samples: 100,
          values: { p50: 11, throughput: 100 },
          ratios: { p50: { ratio: 0.91, low: 0.7, high: 1.2 }, throughput: { ratio: 0.5, low: 0.4, high: 0.6 } },
        },
      ],
    },
  ],
  absent: [{ case: 'Idle: one run', contender: 'bree', reason: 'has no pool' }],
  notMeasured: ['Tasks with payloads.'],
}

export const RESULTS: Results = { parts: { dispatch: PART } }
