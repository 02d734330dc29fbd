import { describe, expect, it } from 'vitest'
import { parseExpression } from '../../src/define/options/expression.js'
import { fromConfig } from '../../src/define/options/from-config.js'

const NOW = Date.UTC(2026, 0, 5)

describe('parseExpression', () => {
  it('parseExpression reads an expression, also from the configuration', () => {
    expect(parseExpression('0 18 * * 1-5', 'Europe/Paris', {}, NOW)).toEqual({ value: '0 18 * * 1-5' })
    expect(parseExpression(fromConfig('AT', '@daily'), undefined, {}, NOW)).toEqual({ value: '@daily' })
  })

  it.each([undefined, null, 5, ['* * * * *']])('parseExpression refuses %j', (input) => {
    const given = input === undefined ? 'undefined' : JSON.stringify(input)
    expect(parseExpression(input, undefined, {}, NOW)).toEqual({
      problem: `must be a cron expression such as "0 18 * * 1-5", got ${given}`,
    })
  })

  it('parseExpression reports the problem of an invalid expression', () => {
    expect(parseExpression('0 0 30 2 *', undefined, {}, NOW)).toEqual({
      problem:
        'does not work: expected a cron expression with a future occurrence, but no date from 2026-01-05 on matches "0 0 30 2 *"',
    })
  })
})
