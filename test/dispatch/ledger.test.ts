import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Ledger } from '../../src/dispatch/ledger.js'

describe('Ledger', () => {
  it('a ledger balances after each move of a tick', () => {
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
        const ledger = new Ledger()
        for (const name of names) {
          moves[name]!(ledger)
          expect(ledger.imbalance).toBe(0)
          expect(ledger.active).toBeGreaterThanOrEqual(0)
          expect(ledger.pending).toBeGreaterThanOrEqual(0)
        }
      }),
    )
  })

  it('a ledger shows an imbalance for a lost tick and for a tick that was counted twice', () => {
    const lost = new Ledger()
    lost.arrive(2)
    lost.dispatch()
    expect(lost.imbalance).toBe(1)

    const twice = new Ledger()
    twice.arrive()
    twice.dispatch()
    twice.end('completed')
    twice.skip('missed')
    expect(twice.imbalance).toBe(-1)
  })

  it('a ledger returns its counts as plain data', () => {
    const ledger = new Ledger()
    ledger.arrive(3)
    ledger.skip('missed', 1)
    ledger.dispatch()
    ledger.wait()
    expect(ledger.counts()).toMatchObject({ due: 3, active: 1, pending: 1, skipped: { missed: 1, running: 0 } })
  })
})
