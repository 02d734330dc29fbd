import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { catalogueOf } from '../../src/counters/catalogue.js'
import { Counters } from '../../src/counters/counters.js'
import { bytesOf, layoutOf } from '../../src/counters/layout.js'
import { TIMER_ROW } from '../../src/counters/row-shapes.js'
import { countedService, countersFor } from '../support/counters.js'
import { timerDefinition } from '../support/timer.js'

const PARTS = ['morning', 'evening'].map((name) => timerDefinition({ service: 'mail', method: 'report', name }))

describe('the catalogue of counters', () => {
  it('the catalogue of counters has a row for each timer, method, call, service, pool and lease', () => {
    const catalogue = catalogueOf([
      countedService(PARTS, {
        pool: 'small',
        rpcs: [{ kind: 'rpc', id: 'mail.ask', service: 'mail', method: 'ask' }],
        leases: ['mail', 'other'],
        usesMembers: true,
      }),
      countedService([timerDefinition({ service: 'disk', timeout: 5 })], { pool: 'small', leases: ['other'] }),
    ])
    expect(catalogue.timers.map(({ id, method, timeout }) => [id, method, timeout])).toEqual([
      ['mail.report#morning', 'report#morning', undefined],
      ['mail.report#evening', 'report#evening', undefined],
      ['disk.work', 'work', 5],
    ])
    expect(catalogue.methods).toEqual([
      { service: 'mail', method: 'report' },
      { service: 'disk', method: 'work' },
    ])
    expect(catalogue.rpcs).toEqual([
      { service: 'mail', method: 'ask' },
      { service: 'unknown', method: 'unknown' },
    ])
    expect(catalogue.services).toEqual([
      { service: 'mail', hasMembers: true, hasQueue: false },
      { service: 'disk', hasMembers: false, hasQueue: false },
    ])
    expect(catalogue.pools).toEqual([{ pool: 'small' }])
    expect(catalogue.leases).toEqual([{ lease: 'mail' }, { lease: 'other' }])
  })

  it('the catalogue of counters can be sent to another thread', () => {
    const catalogue = catalogueOf([countedService(PARTS)])
    expect(structuredClone(catalogue)).toEqual(catalogue)
  })

  it('rows of counters overlap neither each other nor another cache line', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.nat(5), (timers, leases) => {
        const definitions = Array.from({ length: timers }, (_, index) => timerDefinition({ method: `m${index}` }))
        const names = Array.from({ length: leases }, (_, index) => `lease ${index}`)
        const catalogue = catalogueOf([countedService(definitions, { leases: names })])
        const layout = layoutOf(catalogue)
        let end = 0
        for (const { first, stride, count } of Object.values(layout.rows)) {
          expect([first, stride % 8, first % 8]).toEqual([end, 0, 0])
          end = first + count * stride
        }
        expect(bytesOf(layout)).toBe(8 * end)
        expect(layout.rows.timers.stride).toBeGreaterThanOrEqual(TIMER_ROW.words)
      }),
    )
  })

  it('the rows of counters are found by name, and what has none is an internal error', () => {
    const counters = countersFor(PARTS, { leases: ['other'] })
    counters.timerOf('mail.report#evening').count(TIMER_ROW.at.due)
    expect(counters.timer(0).get(TIMER_ROW.at.due)).toBe(0)
    expect(counters.timer(1).get(TIMER_ROW.at.due)).toBe(1)
    expect(() => counters.lease('mail')).toThrow('the counters have no row for mail')
    expect(() => new Counters(counters.catalogue).timer(2)).toThrow('the counters have no row for 2')
  })
})
