import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Address, linkTo, NO_FILTER, parseAddress } from '../../../src/admin/dashboard/model/address.js'
import { countLevels, type Listed, matches } from '../../../src/admin/dashboard/model/filter.js'

const parsed = (query: string) => parseAddress(new URLSearchParams(query))

describe('the address of the dashboard', () => {
  it('gives every address back that was put into a link', () => {
    const address = fc.record({
      filter: fc.record({
        q: fc.string(),
        service: fc.string(),
        level: fc.constantFrom<Address['filter']['level']>('', 'ok', 'warning', 'critical'),
      }),
      entrypoint: fc.string({ minLength: 1 }),
      tick: fc.string({ minLength: 1 }),
    })
    fc.assert(
      fc.property(address, (one) => {
        expect(parsed(linkTo(one).replace('./', ''))).toEqual(one)
      }),
    )
  })

  it('ignores what it does not understand', () => {
    expect(parsed('level=terrible&tick=2026&x=1')).toEqual({ filter: NO_FILTER })
    expect(linkTo({ filter: NO_FILTER })).toBe('./')
  })
})

const entrypoint = (id: string, level: Listed['status']['level'], text = ''): Listed => ({
  ...{ id, service: id.split('.')[0]!, schedule: 'every 1 s', status: { level, text } },
})

describe('the filter of the list', () => {
  const failing = entrypoint('billing.charge', 'critical', '43 failures in a row')
  const late = entrypoint('report.build', 'warning')
  const well = entrypoint('billing.refund', 'ok')
  const all = [failing, late, well]
  const listed = (filter: Partial<Address['filter']>) =>
    all.filter((one) => matches(one, { ...NO_FILTER, ...filter })).map(({ id }) => id)

  it.each([
    [{}, ['billing.charge', 'report.build', 'billing.refund']],
    [{ q: 'BILL  char' }, ['billing.charge']],
    [{ q: 'failures' }, ['billing.charge']],
    [{ service: 'billing' }, ['billing.charge', 'billing.refund']],
    [{ level: 'warning' as const }, ['billing.charge', 'report.build']],
    [{ level: 'critical' as const, service: 'report' }, []],
  ])('lists for %j only %j', (filter, ids) => {
    expect(listed(filter)).toEqual(ids)
  })

  it('counts the entrypoints of each level', () => {
    expect(countLevels(all)).toEqual({ ok: 1, warning: 1, critical: 1 })
  })
})
