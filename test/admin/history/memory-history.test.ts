import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EndedRun, EndedTick, RunSpans, SkippedTicks } from '../../../src/admin/history/history-store.js'
import { MemoryHistory } from '../../../src/admin/history/memory-history.js'
import { OUTCOMES, SKIP_REASONS } from '../../../src/kernel/vocabulary.js'
import { HistoryModel } from './history-model.js'

const START = Date.UTC(2026, 0, 5)
const MEGABYTE = 1_024 * 1_024

const run = (sequence: number, given: Partial<EndedRun> = {}): EndedRun => ({
  entrypoint: 0,
  sequence,
  dueAt: START + sequence * 100,
  end: 'run',
  outcome: 'completed',
  cause: undefined,
  attempts: 1,
  startedAfter: 0.05,
  endedAfter: 7.5,
  threadId: 3,
  ...given,
})

const skip = (sequence: number, given: Partial<SkippedTicks> = {}): SkippedTicks => ({
  entrypoint: 0,
  sequence,
  dueAt: START + sequence * 100,
  end: 'skipped',
  reason: 'running',
  count: 1,
  firstDueAt: START + sequence * 100,
  ...given,
})

const failed = (sequence: number, given: Partial<EndedRun> = {}) => run(sequence, { outcome: 'failed', ...given })
const error = (message: string) => ({ name: 'Error', message })

const sortedSpans = ({ lateness, duration }: RunSpans) => ({
  lateness: [...lateness.toSorted()],
  duration: [...duration.toSorted()],
})

const spansOf = (ticks: readonly EndedTick[]) => {
  const runs = ticks.flatMap((tick) => (tick.end === 'run' && tick.startedAfter !== undefined ? [tick] : []))
  return sortedSpans({
    lateness: Float64Array.from(runs, ({ startedAfter }) => startedAfter!),
    duration: Float64Array.from(
      runs.filter(({ endedAfter }) => endedAfter !== undefined),
      ({ startedAfter, endedAfter }) => endedAfter! - startedAfter!,
    ),
  })
}

describe('the history in memory', () => {
  it('the history in memory returns every fact of a run and of skipped ticks', () => {
    const history = new MemoryHistory(2)
    const facts: EndedTick[] = [
      ...OUTCOMES.map((outcome, index) => run(1 + index, { entrypoint: 1, outcome, attempts: 2 })),
      run(7, { entrypoint: 1, cause: 'manual', outcome: 'aborted', startedAfter: undefined, endedAfter: undefined }),
      ...SKIP_REASONS.map((reason, index) => skip(10 + index, { entrypoint: 1, reason, count: 1 + index })),
      run(-1, { entrypoint: 1, dueAt: START + 99_000 }),
    ]
    history.append(facts)
    expect(history.strip(1, 1_000)).toEqual(facts)
    expect(history.strip(0, 1_000)).toEqual([])
  })

  it('the history in memory agrees with a simple model, whichever way ticks and notes are mixed', () => {
    const tick = fc
      .record({ entrypoint: fc.nat(1), outcome: fc.constantFrom(...OUTCOMES), isSkip: fc.boolean(), gap: fc.nat(2) })
      .map((tick) => ({ do: 'tick' as const, ...tick }))
    const note = fc
      .record({ entrypoint: fc.nat(1), back: fc.integer({ min: -2, max: 15 }), isError: fc.boolean(), kind: fc.nat(3) })
      .map((note) => ({ do: 'note' as const, ...note }))
    fc.assert(
      fc.property(fc.array(fc.oneof(tick, note, tick), { maxLength: 600, size: 'max' }), (steps) => {
        const history = new MemoryHistory(2)
        const model = new HistoryModel()
        const last = [0, 0]
        for (const [index, step] of steps.entries()) {
          const { entrypoint } = step
          if (step.do === 'tick') {
            last[entrypoint]! += 1 + step.gap
            const sequence = last[entrypoint]!
            const ended = step.isSkip
              ? skip(sequence, { entrypoint, reason: SKIP_REASONS[step.gap]! })
              : run(sequence, { entrypoint, outcome: step.outcome })
            history.append([ended])
            model.append(ended)
            continue
          }
          const sequence = last[entrypoint]! - step.back
          if (sequence < 1) continue
          if (step.isError) {
            const message = `kind ${'abcd'[step.kind]} of ${index}`
            history.error(entrypoint, sequence, error(message))
            model.error(entrypoint, sequence, message)
          } else {
            history.line(entrypoint, sequence, `line ${index}\n`)
            model.line(entrypoint, sequence, `line ${index}`)
          }
        }
        for (const entrypoint of [0, 1]) {
          expect(history.strip(entrypoint, 1_000)).toEqual(model.strip(entrypoint))
          expect(sortedSpans(history.spans(entrypoint))).toEqual(spansOf(history.strip(entrypoint, 1_000)))
          const problems = history.problems(entrypoint)
          expect(problems.map(({ tick, text }) => ({ sequence: tick.sequence, text }))).toEqual(
            model.problems(entrypoint),
          )
          const kinds = history.errors(entrypoint).map(({ text, count }) => [text.error.message[5], count])
          const expected = [...model.errors(entrypoint)].map(([kind, count]) => [kind[5], count])
          expect(kinds.toSorted()).toEqual(expected.toSorted())
        }
        const all = history.ticks({ limit: Number.POSITIVE_INFINITY })
        for (const limit of [1, 7]) expect(history.ticks({ limit })).toEqual(all.slice(0, limit))
      }),
      { numRuns: 150 },
    )
  })

  it('ticks that are skipped one after the other for one reason are one entry, until a run comes between', () => {
    const history = new MemoryHistory(1)
    history.append([skip(1), skip(2), skip(5, { count: 3 }), skip(6, { reason: 'paused' }), run(7), skip(8), skip(10)])
    expect(history.strip(0, 10)).toMatchObject([
      { reason: 'running', sequence: 5, count: 5, firstDueAt: START + 100, dueAt: START + 500 },
      { reason: 'paused', sequence: 6, count: 1 },
      { outcome: 'completed', sequence: 7 },
      { reason: 'running', sequence: 8, count: 1 },
      { reason: 'running', sequence: 10, count: 1 },
    ])
  })

  it('a run that ended after ticks that were due later is returned in the order of the due moments', () => {
    const history = new MemoryHistory(1)
    history.append([skip(2), skip(3), run(1, { endedAfter: 350 })])
    expect(history.strip(0, 10).map(({ sequence }) => sequence)).toEqual([1, 3])
    expect(history.ticks({ limit: 10 }).map(({ tick }) => tick.sequence)).toEqual([3, 1])
  })

  it('the last 20 runs that did not complete are kept longer than the last 200 ticks', () => {
    const history = new MemoryHistory(1)
    for (let sequence = 1; sequence <= 30; sequence++) {
      history.line(0, sequence, `line of ${sequence}`)
      history.append([failed(sequence)])
    }
    for (let sequence = 31; sequence <= 400; sequence++) history.append([run(sequence)])
    expect(history.strip(0, 1_000).map(({ sequence }) => sequence)).toEqual(range(201, 400))
    expect(history.problems(0).map(({ tick, text }) => [tick.sequence, text?.lines])).toEqual(
      range(11, 30)
        .reverse()
        .map((sequence) => [sequence, [`line of ${sequence}`]]),
    )
    expect(history.ticks({ entrypoint: 0, outcome: 'failed', limit: 3 }).map(({ tick }) => tick.sequence)).toEqual([
      30, 29, 28,
    ])
  })

  it('ticks are found by entrypoint, outcome, reason and due moment', () => {
    const history = new MemoryHistory(2)
    history.append([
      run(1),
      failed(2),
      skip(3),
      run(4, { entrypoint: 1 }),
      skip(5, { entrypoint: 1, reason: 'missed' }),
    ])
    const found = (query: object) =>
      history.ticks({ limit: 10, ...query }).map(({ tick }) => [tick.entrypoint, tick.sequence])
    expect(found({})).toEqual([
      [1, 5],
      [1, 4],
      [0, 3],
      [0, 2],
      [0, 1],
    ])
    expect(found({ entrypoint: 1 })).toEqual([
      [1, 5],
      [1, 4],
    ])
    expect(found({ outcome: 'completed' })).toEqual([
      [1, 4],
      [0, 1],
    ])
    expect(found({ reason: 'missed' })).toEqual([[1, 5]])
    expect(found({ since: START + 400 })).toEqual([
      [1, 5],
      [1, 4],
    ])
    expect(found({ limit: 1 })).toEqual([[1, 5]])
  })

  it('equal errors are folded with their count, and the last run with its lines', () => {
    const history = new MemoryHistory(1)
    const fail = (sequence: number, message: string) => {
      history.line(0, sequence, `trying ${sequence}`)
      history.error(0, sequence, error(message))
      history.append([failed(sequence)])
    }
    fail(1, 'user 17 not found')
    fail(2, 'no connection to 10.0.0.7:5432')
    fail(3, 'user 4711 not found')
    expect(history.errors(0)).toEqual([
      {
        text: { error: error('user 4711 not found'), lines: ['trying 3'] },
        count: 2,
        firstAt: START + 100,
        lastAt: START + 300,
      },
      {
        text: { error: error('no connection to 10.0.0.7:5432'), lines: ['trying 2'] },
        count: 1,
        firstAt: START + 200,
        lastAt: START + 200,
      },
    ])
  })

  it('an error that comes after its tick is folded once, and the error of a later attempt replaces it', () => {
    const history = new MemoryHistory(1)
    history.append([failed(1)])
    expect(history.problems(0)[0]?.text).toBeUndefined()
    history.error(0, 1, error('first'))
    history.error(0, 1, error('second'))
    expect(history.problems(0)[0]?.text?.error?.message).toBe('second')
    expect(history.errors(0).map(({ count }) => count)).toEqual([1])
  })

  it('of a run that completed no text is kept, whether it came before or after the end', () => {
    const history = new MemoryHistory(1)
    history.error(0, 1, error('the first attempt failed'))
    history.append([run(1)])
    history.line(0, 1, 'late')
    expect(history.textBytes).toBe(0)
    expect(history.errors(0)).toEqual([])
  })

  it('of a run that writes much the last 50 lines are kept, and of long lines the beginning', () => {
    const history = new MemoryHistory(1)
    for (let line = 1; line <= 60; line++) history.line(0, 1, `line ${line}\n`)
    history.append([failed(1)])
    expect(history.problems(0)[0]?.text?.lines).toEqual(range(11, 60).map((line) => `line ${line}`))
    expect(history.drops.lines_of_long_output).toBe(10)
    for (let line = 1; line <= 20; line++) history.line(0, 1, 'x'.repeat(1_000_000))
    const { lines } = history.problems(0)[0]!.text!
    expect(lines.at(-1)).toMatch(/^x{2048}\[997952 more characters\]$/)
    expect(lines.join('').length).toBeLessThan(20_000)
  })

  it('beyond the limit the oldest texts are dropped and counted, and the numbers of their runs stay', () => {
    const history = new MemoryHistory(100, { numbers: 40 * MEGABYTE, texts: 100_000, early: 10_000 })
    for (let entrypoint = 0; entrypoint < 100; entrypoint++) {
      history.error(entrypoint, 1, error('x'.repeat(1_000)))
      history.append([failed(1, { entrypoint })])
    }
    expect(history.textBytes).toBeLessThanOrEqual(100_000)
    expect(history.drops.old_texts).toBeGreaterThan(100)
    expect(history.problems(0)).toMatchObject([{ tick: { outcome: 'failed' }, text: undefined }])
    expect(history.problems(99)).toMatchObject([{ text: { error: { name: 'Error' } } }])
    for (let sequence = 100; sequence < 200; sequence++) history.line(0, sequence, 'x'.repeat(1_000))
    expect(history.textBytes).toBeLessThanOrEqual(110_000)
    expect(history.drops.texts_without_tick).toBeGreaterThan(90)
  })

  it('an entrypoint with more than ten kinds of errors keeps the last ten and counts the others', () => {
    const history = new MemoryHistory(1)
    for (let kind = 0; kind < 13; kind++) {
      history.error(0, 1 + kind, error('abcdefghijklm'[kind]!))
      history.append([failed(1 + kind)])
    }
    expect(history.errors(0).map(({ text }) => text.error.message)).toEqual([...'mlkjihgfed'])
    expect(history.drops.kinds_of_errors).toBe(3)
  })

  it('with very many entrypoints fewer ticks of each are kept, and those that are dropped early are counted', () => {
    const history = new MemoryHistory(1_000, { numbers: 1_000 * 420, texts: 0, early: 0 })
    for (let sequence = 1; sequence <= 20; sequence++)
      history.append([run(sequence), run(sequence, { entrypoint: 999 })])
    expect(history.strip(0, 1_000).map(({ sequence }) => sequence)).toEqual(range(12, 20))
    expect(history.drops.too_many_entrypoints).toBe(22)
    expect(new MemoryHistory(10_000_000).strip(7, 10)).toEqual([])
  })
})

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}
