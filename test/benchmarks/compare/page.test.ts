import { describe, expect, it } from 'vitest'
import { formProblems } from '../../../benchmarks/compare/form.js'
import { withSection } from '../../../benchmarks/compare/output.js'
import { findings, losses, summary } from '../../../benchmarks/compare/page/findings.js'
import { page } from '../../../benchmarks/compare/page/page.js'
import { plotsOf } from '../../../benchmarks/compare/page/plots.js'
import { README_END, README_START, readmeSection } from '../../../benchmarks/compare/page/readme-section.js'
import { verdictOf } from '../../../benchmarks/compare/page/verdict.js'
import type { PartResult, Results } from '../../../benchmarks/compare/results.js'
import { NO_RESULTS } from '../../../benchmarks/compare/results.js'
import { PART, RESULTS } from './results.js'

const CUT: Results = { parts: { dispatch: { ...PART, cut: 'it has 2 blocks for each contender instead of 10' } } }

/** The case of PART, once for each number. */
const grown = (...numbers: number[]): PartResult => {
  return { ...PART, cases: numbers.map((n) => ({ ...PART.cases[0]!, n })) }
}

describe('the verdict of a comparison', () => {
  it.each([
    [{ ratio: 0.5, low: 0.4, high: 0.9 }, 'less', 'better'],
    [{ ratio: 0.5, low: 0.4, high: 0.9 }, 'more', 'worse'],
    [{ ratio: 2, low: 1.1, high: 3 }, 'less', 'worse'],
    [{ ratio: 2, low: 1.1, high: 3 }, 'more', 'better'],
    [{ ratio: 0.5, low: 0.4, high: 1 }, 'less', 'open'],
    [{ ratio: 2, low: 1, high: 3 }, 'more', 'open'],
  ] as const)('a ratio of %o, of which %s is better, shows: %s', (ratio, better, verdict) => {
    expect(verdictOf(ratio, better)).toBe(verdict)
  })
})

describe('the page of the comparison', () => {
  it('begins with how many comparisons were won, lost and left open', () => {
    expect(summary(RESULTS)).toBe(
      'Escapement is compared with 2 alternatives, in 4 comparisons. It is better in 2 of them and worse in 1; 1 show no difference, because the interval of the ratio includes 1.',
    )
  })

  it('says in one sentence for each group how Escapement compares, with factors', () => {
    expect(findings(RESULTS)).toEqual([
      [
        '**Dispatch. Idle: one run.** p50: 10 µs, lower than that of *slow* (100 times); not shown to differ from that of *alike*.',
        'throughput: 50 runs/s, higher than that of *slow* (5 times); lower than that of *alike* (2 times).',
        '0 starts were early (*slow* 7).',
      ].join(' '),
    ])
  })

  it('tells of the largest number where a group has several', () => {
    const [first, ...others] = findings({ parts: { dispatch: grown(10, 1_000) } })
    expect(first).toContain('**Dispatch. Idle: one run, n = 1,000.**')
    expect(others).toEqual([])
  })

  it('lists where an alternative is better', () => {
    expect(losses(RESULTS)).toEqual(['Dispatch. Idle: one run: throughput: *alike* (2 times).'])
    expect(page(RESULTS)).toContain(
      '## Where an alternative is better\n\n- Dispatch. Idle: one run: throughput: *alike*',
    )
  })

  it('claims nothing from a part that was cut short, and says that it was', () => {
    expect(summary(CUT)).toBe(
      'Nothing has been measured at full size yet, so nothing is claimed here. Indicative only, because they were not measured at full size: Dispatch.',
    )
    expect([...findings(CUT), ...losses(CUT)]).toEqual([])
    expect(page(CUT)).toContain('**Indicative only: it has 2 blocks for each contender instead of 10.')
    expect(page(CUT)).not.toContain('no difference shown')
  })

  it('shows for each part its table, plot, command, machine, versions and who was left out', () => {
    const text = page(RESULTS)
    expect(text).toContain('| **Escapement** | 10 | 50 | 0 |  |  |')
    expect(text).toContain('| slow | 1,000 | 10 | 7 | 0.01 (0.008 to 0.02) | 5 (4 to 6) |')
    expect(text).toContain('| alike | 11 | 100 |  | no difference shown (0.7 to 1.2) | 0.5 (0.4 to 0.6) |')
    expect(text).toContain('![Idle: one run: p50 (µs)](images/benchmarks/dispatch.svg)')
    expect(text).toContain('Repeat it with `npm run bench -- compare --only dispatch` (5 min). Measured on 2026-01-05,')
    expect(text).toContain(
      'Node 20.19.0 (V8 11.3), 2 x A CPU, Linux 6, timer slack 50000 ns; busy cores before the start: 0.25.',
    )
    expect(text).toContain('Versions: piscina 5.3.2.')
    expect(text).not.toContain('Other programs ran')
    expect(text).toContain('- slow: drives slowly')
    expect(text).toContain('Left out:\n\n- *bree*: has no pool')
    expect(text).toContain('## What is not measured\n\n- Tasks with payloads.')
  })

  it('says of a part whose machine was busy at its start that other programs ran beside it', () => {
    expect(page({ parts: { dispatch: { ...PART, busyAtStart: 6.8 } } })).toContain(
      'busy cores before the start: 6.8. **Other programs ran at the same time**',
    )
  })

  it('says nothing of how busy the machine was where that is not known', () => {
    const { busyAtStart: _, ...unknown } = PART
    const text = page({ parts: { dispatch: unknown } })
    expect(text).toContain('timer slack 50000 ns. Versions: piscina 5.3.2.')
    expect(text).not.toContain('busy cores')
  })

  it('tells how a contender is driven once, and names those that were left out for one reason together', () => {
    const absent = ['bree', 'BullMQ'].map((contender) => ({ case: 'Idle: one run', contender, reason: 'has no pool' }))
    const text = page({ parts: { dispatch: PART, again: { ...PART, absent } } })
    expect(text.split('- slow: drives slowly')).toHaveLength(2)
    expect(text).toContain('- *bree* and *BullMQ*: has no pool')
  })

  it('draws bars for one case, and lines over the number for several, with a plot for each metric', () => {
    expect(plotsOf(RESULTS).map(({ file }) => file)).toEqual(['dispatch.svg'])
    expect(plotsOf({ parts: { dispatch: grown(10, 1_000) } })).toMatchObject([
      {
        file: 'dispatch-p50.svg',
        option: {
          series: [
            {
              name: 'Escapement',
              data: [
                [10, 10],
                [1_000, 10],
              ],
            },
            {},
            {},
          ],
        },
      },
    ])
  })

  it('names the group in files and reasons where a part has several', () => {
    const [idle] = PART.cases
    const results = { parts: { dispatch: { ...PART, cases: [idle!, { ...idle!, group: 'Busy: many runs' }] } } }
    expect(plotsOf(results).map(({ file }) => file)).toEqual(['dispatch-idle.svg', 'dispatch-busy.svg'])
    expect(page(results)).toContain('- *bree* (Idle): has no pool')
  })

  it('leaves a value of 0 out of a bar, because a logarithmic axis has no place for it', () => {
    const [idle] = PART.cases
    const contenders = idle!.contenders.map((each) => ({ ...each, values: { p50: each.name === 'slow' ? 0 : 1 } }))
    const [plot] = plotsOf({ parts: { dispatch: { ...PART, cases: [{ ...idle!, contenders }] } } })
    expect(plot).toMatchObject({ option: { series: [{ data: [{ value: 1 }, null, { value: 1 }] }] } })
  })
})

describe('the results in the README', () => {
  it('are the table and the plot of idle lateness, with the command', () => {
    const section = readmeSection({
      parts: { 'lateness-idle': { ...PART, command: 'npm run bench -- compare --only lateness-idle' } },
    })
    expect(section).toContain('(`npm run bench -- compare --only lateness-idle`)')
    expect(section).toContain('(docs/images/benchmarks/lateness-idle.svg)')
    expect(section).toContain('| **Escapement** | 10 | 0 |\n')
  })

  it('are nothing as long as that was not measured at full size', () => {
    expect(readmeSection(NO_RESULTS)).toBe('')
    expect(readmeSection({ parts: { 'lateness-idle': CUT.parts.dispatch! } })).toBe('')
  })

  it('take the place of the last ones, and nothing else changes', () => {
    const readme = `before\n${README_START}\nold\n${README_END}\nafter\n`
    expect(withSection(readme, 'new\n')).toBe(`before\n${README_START}\nnew\n${README_END}\nafter\n`)
    expect(() => withSection('no marks', 'new')).toThrow('README.md: expected the lines')
  })
})

describe('the form of the results', () => {
  it('is right when each part has Escapement, something else, and numbers', () => {
    expect(formProblems(RESULTS, ['dispatch'])).toEqual([])
  })

  it.each<[string, Results, string]>([
    ['a part is missing', NO_RESULTS, 'the part dispatch is missing'],
    ['a part has no case', { parts: { dispatch: { ...PART, cases: [] } } }, 'dispatch has no case'],
    [
      'a contender has failed',
      { parts: { dispatch: { ...PART, absent: [{ case: 'a', contender: 'bree', reason: 'failed: no' }] } } },
      'dispatch: bree failed: no',
    ],
    [
      'a package is not installed',
      { parts: { dispatch: { ...PART, versions: { bree: 'not installed' } } } },
      'dispatch: bree is not installed',
    ],
    [
      'a path of the machine is on the page',
      { parts: { dispatch: { ...PART, description: 'see /home/me/file' } } },
      'the page has a path of this machine',
    ],
  ])('is wrong when %s', (_, results, problem) => {
    expect(formProblems(results, ['dispatch'])).toContain(problem)
  })

  it.each([
    ['Escapement', 'dispatch, Idle: one run: Escapement was not measured'],
    ['others', 'dispatch, Idle: one run: nothing else was measured'],
  ])('is wrong when a case is without %s', (without, problem) => {
    const [idle] = PART.cases
    const contenders = idle!.contenders.filter(({ isOurs }) => isOurs !== (without === 'Escapement'))
    expect(formProblems({ parts: { dispatch: { ...PART, cases: [{ ...idle!, contenders }] } } }, [])).toContain(problem)
  })

  it('is wrong when a value is not a number', () => {
    const [idle] = PART.cases
    const contenders = idle!.contenders.map((each) => ({ ...each, values: { ...each.values, p50: Number.NaN } }))
    const results = { parts: { dispatch: { ...PART, cases: [{ ...idle!, contenders }] } } }
    expect(formProblems(results, [])).toContain('dispatch, Idle: one run, slow: p50 is not a number')
  })
})
