import { describe, expect, it } from 'vitest'
import { fromConfig } from '../../src/define/options/from-config.js'
import { askInterval, parseInterval } from '../../src/define/options/interval.js'
import type { Anything } from './support.js'

const FACTS = { lastDuration: 2, failures: 1, load: 0.5 }

describe('parseInterval', () => {
  it.each([
    [0.1, 100_000],
    ['5m', 300_000_000],
    [fromConfig('INTERVAL', 60), 60_000_000],
    [fromConfig('SET', 60), 2_000_000],
  ])('parseInterval reads %j', (input, micros) => {
    expect(parseInterval(input, { SET: '2' })).toEqual({ value: micros })
  })

  it.each([
    [0, 'must be from 1ms to 400d, got 0 s; to run back to back, give a short interval and overlap "wait"'],
    [-5, 'must be from 1ms to 400d, got -5 s; to run back to back, give a short interval and overlap "wait"'],
    ['-1m', 'must be from 1ms to 400d, got "-1m"; to run back to back, give a short interval and overlap "wait"'],
    [0.0005, 'must be from 1ms to 400d, got 0.0005 s'],
    [86_400_000, 'must be from 1ms to 400d, got 86400000 s'],
    [fromConfig('ABSENT'), 'is read from "ABSENT" of the configuration, which is not set and has no fallback'],
    [fromConfig('WRONG'), 'must be a number of seconds or a duration such as "100ms", "5m" or "1h30m", got "often"'],
  ])('parseInterval refuses %j', (input, problem) => {
    expect(parseInterval(input, { WRONG: 'often' })).toEqual({ problem })
  })
})

describe('askInterval', () => {
  it('askInterval passes the facts to the interval function', () => {
    const ask = ({ lastDuration, failures, load }: typeof FACTS) => lastDuration * 10 + failures + load
    expect(askInterval(ask, FACTS, {})).toEqual({ value: 21_500_000 })
  })

  it('askInterval takes a duration or a value of the configuration as the result', () => {
    expect(askInterval(() => '1m', FACTS, {})).toEqual({ value: 60_000_000 })
    expect(askInterval(() => fromConfig('SLOW', 60), FACTS, { SLOW: '30' })).toEqual({ value: 30_000_000 })
  })

  it('askInterval reports a result that is no interval, a promise, and what is thrown', () => {
    const expected = 'must be a number of seconds or a duration such as "100ms", "5m" or "1h30m"'
    expect(askInterval((() => undefined) as Anything, FACTS, {})).toEqual({ problem: `${expected}, got undefined` })
    const thrower = () => {
      throw new TypeError('no idea')
    }
    expect(askInterval(thrower, FACTS, {})).toEqual({
      problem: 'must come from a function that does not throw, but it threw TypeError: no idea',
    })
    const rejecter: Anything = () => Promise.reject(new Error('late'))
    expect(askInterval(rejecter, FACTS, {})).toEqual({
      problem: 'must come from a function that returns a value, but it returned a promise',
    })
  })
})
