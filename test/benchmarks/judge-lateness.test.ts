import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Judged, judge, type Observed } from '../../benchmarks/compare/lateness/judge.js'
import { observed } from '../../benchmarks/compare/lateness/observe.js'

/** A block of 1 s of a job of 100 ms, due at 0, 100, ... 900. */
const BLOCK = { intervalMs: 100, lengthMs: 1_000, firstDue: 0 }
const GRID = Array.from({ length: 10 }, (_, index) => index * 100)
const at = (...moments: number[]) => moments.map((moment) => ({ at: moment }))
/** Unless a case says otherwise, each run ends at once. */
const withEnds = <Given extends Pick<Observed, 'starts'>>(given: Given) => ({
  ...BLOCK,
  ends: given.starts.map((start) => start.at),
  ...given,
})

interface Case {
  readonly title: string
  readonly observed: Partial<Observed> & Pick<Observed, 'starts'>
  readonly judged: Partial<Judged>
}

const CASES: readonly Case[] = [
  {
    title: 'a start for each due moment is on time, late or early',
    observed: { starts: at(0, 103, 199, 300, 400, 500, 600, 700, 800, 900) },
    judged: { errorsMs: [0, 3, -1, 0, 0, 0, 0, 0, 0, 0], expected: 10, skipped: 0, duplicates: 0, early: 1 },
  },
  {
    title: 'the first start after a pause is late for the oldest due moment, and the younger ones are skipped',
    observed: { starts: at(0, 100, 540, 600, 700, 800, 900) },
    judged: { errorsMs: [0, 0, 340, 0, 0, 0, 0], skipped: 3, duplicates: 0 },
  },
  {
    title: 'due moments that pass while a run is under way are skipped, and the start after it is on time for the next',
    observed: { starts: at(2, 304, 603, 901), ends: [252, 554, 853] },
    judged: { errorsMs: [2, 4, 3, 1], skipped: 6, duplicates: 0 },
  },
  {
    title: 'where runs overlap, each start belongs to the youngest due moment',
    observed: { starts: at(...GRID.map((due) => due + 5)), ends: GRID.map((due) => due + 255) },
    judged: { errorsMs: GRID.map(() => 5), skipped: 0, mostAtOnce: 3 },
  },
  {
    title: 'a start beside a run belongs to the youngest of the due moments that have passed',
    observed: { lengthMs: 300, starts: at(0, 205), ends: [250, 260] },
    judged: { errorsMs: [0, 5], skipped: 1 },
  },
  {
    title: 'a due moment at which a run ends was not left out',
    observed: { lengthMs: 300, starts: at(0, 230), ends: [100, 240] },
    judged: { errorsMs: [0, 130], skipped: 1 },
  },
  {
    title: 'a burst after a pause is one late start and duplicates',
    observed: { starts: at(0, 100, 570, 571, 572, 573, 600, 700, 800, 900) },
    judged: { errorsMs: [0, 0, 370, 0, 0, 0, 0], skipped: 3, duplicates: 3, early: 0 },
  },
  {
    title: 'the start just after a late one is on time when its due moment has passed',
    observed: { starts: at(0, 160, 201, 300, 400, 500, 600, 700, 800, 900) },
    judged: { errorsMs: [0, 60, 1, 0, 0, 0, 0, 0, 0, 0], skipped: 0, duplicates: 0 },
  },
  {
    title: 'a start that is more than half an interval early is a duplicate',
    observed: { starts: at(0, 70, 140, 200, 300, 400, 500, 600, 700, 800, 900) },
    judged: { errorsMs: [0, -30, 0, 0, 0, 0, 0, 0, 0, 0], skipped: 0, duplicates: 1, early: 1 },
  },
  {
    title: 'a timer that slips by 40 ms at each start skips a due moment when it has slipped by an interval',
    observed: { starts: at(0, 140, 280, 420, 560, 700, 840, 980) },
    judged: { errorsMs: [0, 40, 80, 120, 60, 100, 40, 80], skipped: 2, duplicates: 0 },
  },
  {
    title: 'a timer that gains on its schedule is early by more and more',
    observed: { starts: at(0, 99, 198, 297, 396, 495, 594, 693, 792, 891) },
    judged: { errorsMs: [0, -1, -2, -3, -4, -5, -6, -7, -8, -9], early: 9, skipped: 0, duplicates: 0 },
  },
  {
    title: 'what the peer tells is believed: a late start does not become one for the next due moment',
    observed: { starts: GRID.map((due) => ({ at: due + 130, due })) },
    judged: { errorsMs: GRID.map(() => 130), skipped: 0, duplicates: 0 },
  },
  {
    title: 'a peer that tells due moments which drift is judged by the schedule of the first',
    observed: { starts: GRID.map((due) => ({ at: due * 1.02 + 1, due: due * 1.02 })) },
    judged: { errorsMs: GRID.map((due) => expect.closeTo(due * 0.02 + 1, 6) as unknown as number), skipped: 0 },
  },
  {
    title: 'two starts for one told due moment are a duplicate',
    observed: { starts: [...GRID, 900].map((due, index) => ({ at: due + index, due })) },
    judged: { skipped: 0, duplicates: 1 },
  },
  {
    title: 'due moments outside of the block do not count, and a start after it counts for one inside',
    observed: { firstDue: -200, starts: at(-200, -100, ...GRID.slice(0, 9), 1_040, 1_100) },
    judged: { errorsMs: [...GRID.slice(0, 9).map(() => 0), 140], expected: 10, skipped: 0 },
  },
  {
    title: 'a job that never starts in the block has skipped all due moments',
    observed: { firstDue: -50, starts: at(-50) },
    judged: { errorsMs: [], expected: 10, skipped: 10, driftMsPerMinute: Number.NaN },
  },
  {
    title: 'the due moments of a told schedule are counted where they are, not at the begin of the block',
    observed: { lengthMs: 240, starts: [{ at: 30, due: 30 }] },
    judged: { expected: 3, skipped: 2 },
  },
  {
    title: 'the due moments of a schedule that tells none are counted from the first',
    observed: { lengthMs: 240, firstDue: 50, starts: at(50) },
    judged: { expected: 2, skipped: 1 },
  },
  {
    title: 'runs that overlap are counted, and one that begins when another ends does not overlap it',
    observed: { starts: at(0, 100, 350), ends: [350, 450, 600] },
    judged: { mostAtOnce: 2 },
  },
  {
    title: 'a timer that loses 1 ms at each start drifts by 594 ms in a minute',
    observed: { starts: at(...GRID.map((due) => due * 1.01)) },
    judged: { driftMsPerMinute: expect.closeTo(594.06, 1) as unknown as number },
  },
  {
    title: 'a late start and a skipped due moment are no drift',
    observed: {
      firstDue: 0,
      starts: at(0, 100, 330, 400, 500, 600, 700, 800, 900).filter((start) => start.at !== 330),
    },
    judged: { driftMsPerMinute: 0, skipped: 2 },
  },
]

describe('the judge of lateness', () => {
  it.each(CASES)('$title', ({ observed, judged }) => {
    expect(judge(withEnds(observed))).toMatchObject(judged)
  })

  it('finds the errors of any starts that are less than half an interval away from their due moments', () => {
    const offsets = fc.array(fc.double({ min: 0, max: 49, noNaN: true }), { minLength: 10, maxLength: 10 })
    fc.assert(
      fc.property(offsets, (errors) => {
        const judged = judge(withEnds({ starts: errors.map((error, index) => ({ at: index * 100 + error })) }))
        expect(judged).toMatchObject({ expected: 10, skipped: 0, duplicates: 0, early: 0 })
        for (const [index, error] of judged.errorsMs.entries()) expect(error).toBeCloseTo(errors[index]!, 9)
      }),
    )
  })

  it('counts each start once and each due moment once, whatever the starts are', () => {
    const moments = fc.array(fc.double({ min: 0, max: 999, noNaN: true }), { maxLength: 40 })
    fc.assert(
      fc.property(moments, (unordered) => {
        const starts = at(...unordered.sort((a, b) => a - b))
        const { errorsMs, expected, skipped, duplicates } = judge(withEnds({ starts }))
        expect(errorsMs.length + skipped).toBe(expected)
        // A start shortly before the end of the block may be an early one for the due moment after it.
        const outside = starts.length - errorsMs.length - duplicates
        expect([0, 1]).toContain(outside)
      }),
    )
  })
})

describe('the reader of records', () => {
  const MS = 1_000_000n
  const span = { intervalMs: 1_000, begin: 5_000n * MS, end: 8_000n * MS, wallOffset: 100_250n * MS }
  const records = (...words: bigint[][]) => new Uint8Array(BigUint64Array.from(words.flat()).buffer)

  it('puts all moments in milliseconds since the begin of the block', () => {
    const bytes = records([0n, 5_001n * MS, 0n], [0n, 6_001n * MS, 6_000n * MS], [2n, 6_050n * MS, 0n])
    expect(observed(bytes, span)).toEqual({
      intervalMs: 1_000,
      lengthMs: 3_000,
      starts: [{ at: 1 }, { at: 1_001, due: 1_000 }],
      ends: [1_050],
    })
  })

  it('translates due moments of the wall clock', () => {
    // At the monotonic time 5,000 ms it is 105,250 ms: the due moment 106,000 is 750 ms away.
    const bytes = records([1n, 5_760n * MS, 106_000n])
    expect(observed(bytes, span).starts).toEqual([{ at: 760, due: 750 }])
  })

  it('finds the first due moment after the job was scheduled, an interval later or at the next whole interval of the wall clock', () => {
    expect(observed(records([3n, 4_100n * MS, 0n]), span).firstDue).toBe(100)
    expect(observed(records([4n, 4_100n * MS, 0n]), span).firstDue).toBe(-250)
  })

  it('leaves out a record that was not written whole', () => {
    const bytes = records([0n, 5_001n * MS, 0n], [0n, 5_002n * MS, 0n])
    expect(observed(bytes.subarray(0, 40), span).starts).toEqual([{ at: 1 }])
  })
})
