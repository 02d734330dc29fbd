import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CounterReader } from '../../src/counters/reader.js'
import { TIMER_ROW } from '../../src/counters/row-shapes.js'
import { Ledger } from '../../src/dispatch/ledger.js'
import { OUTCOMES, SKIP_REASONS } from '../../src/kernel/vocabulary.js'
import { countersFor } from '../support/counters.js'
import { timerDefinition } from '../support/timer.js'

function setUp() {
  const counters = countersFor([timerDefinition()])
  const row = counters.timer(0)
  return { row, ledger: new Ledger(row), reader: new CounterReader(counters.catalogue, counters.memory) }
}

const aLedger = () => setUp().ledger

/** due + taken - every other place, as a reader on any thread sees it. */
function imbalanceSeenBy(reader: CounterReader): number {
  const snapshot = reader.snapshot()
  const at = snapshot.at('timers', 0)
  const word = (offset: number) => snapshot.word(at + offset)
  const sum = (first: number, count: number) =>
    Array.from({ length: count }, (_, index) => word(first + index)).reduce((total, value) => total + value, 0)
  const { due, taken, handedOver, returned, active, pending, skipped, runs } = TIMER_ROW.at
  const placed = word(handedOver) + word(returned) + word(active) + word(pending)
  return word(due) + word(taken) - placed - sum(skipped, SKIP_REASONS.length) - sum(runs, OUTCOMES.length)
}

describe('Ledger', () => {
  it('a ledger balances after each move of a tick, also for a reader of the shared memory', () => {
    const moves: Record<string, (ledger: Ledger) => void> = {
      skip: (ledger) => {
        ledger.arrive()
        ledger.skip('running')
      },
      miss: (ledger) => {
        ledger.arrive(7)
        ledger.skip('missed', 7)
      },
      hand: (ledger) => {
        ledger.arrive()
        ledger.dispatch()
      },
      wait: (ledger) => {
        ledger.arrive()
        ledger.wait()
      },
      giveUp: (ledger) => ledger.pending > 0 && ledger.drop('superseded'),
      handWaiting: (ledger) => ledger.pending > 0 && ledger.dispatchPending(),
      end: (ledger) => ledger.active > 0 && ledger.end('failed'),
      takeBack: (ledger) => ledger.active > 0 && ledger.withdraw('missed'),
    }
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...Object.keys(moves))), (names) => {
        const { ledger, reader } = setUp()
        for (const name of names) {
          moves[name]!(ledger)
          expect(ledger.imbalance).toBe(0)
          expect(imbalanceSeenBy(reader)).toBe(0)
          expect(ledger.active).toBeGreaterThanOrEqual(0)
          expect(ledger.pending).toBeGreaterThanOrEqual(0)
        }
        expect(reader.snapshot().word(reader.snapshot().at('timers', 0) + TIMER_ROW.at.due)).toBe(ledger.due)
      }),
    )
  })

  it('a ledger that a reader sees between the arrival of a tick and its place is the one before the arrival', () => {
    const { ledger, reader } = setUp()
    ledger.arrive()
    ledger.skip('running')
    expect(imbalanceSeenBy(reader)).toBe(0)
    ledger.arrive(3)
    expect(imbalanceSeenBy(reader)).toBe(0)
    const snapshot = reader.snapshot()
    expect(snapshot.word(snapshot.at('timers', 0) + TIMER_ROW.at.due)).toBe(1)
    expect(snapshot.staleRows).toBe(2)
    ledger.skip('missed', 3)
    expect(imbalanceSeenBy(reader)).toBe(0)
    expect(reader.snapshot().staleRows).toBe(2)
  })

  it('a ledger shows an imbalance for a lost tick and for a tick that was counted twice', () => {
    const lost = aLedger()
    lost.arrive(2)
    lost.dispatch()
    expect(lost.imbalance).toBe(1)

    const twice = aLedger()
    twice.arrive()
    twice.dispatch()
    twice.end('completed')
    twice.skip('missed')
    expect(twice.imbalance).toBe(-1)
  })

  it.each([
    ['taken', 1],
    ['handedOver', -1],
    ['returned', -1],
  ] as const)(
    'a ledger includes the ticks of the queue: one tick more in %s is an imbalance of %i',
    (word, imbalance) => {
      const { row, ledger } = setUp()
      row.add(TIMER_ROW.at[word], 1)
      expect(ledger.imbalance).toBe(imbalance)
    },
  )

  it('a ledger returns its counts as plain data', () => {
    const ledger = aLedger()
    ledger.arrive(3)
    ledger.skip('missed', 1)
    ledger.dispatch()
    ledger.wait()
    expect(ledger.counts()).toMatchObject({ due: 3, active: 1, pending: 1, skipped: { missed: 1, running: 0 } })
  })
})
