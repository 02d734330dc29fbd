import { describe, expect, it } from 'vitest'
import { type ConfigData, readText } from '../../src/define/config-data.js'
import { fromConfig, resolveMarkers } from '../../src/define/options/from-config.js'
import { type Anything, thrownBy } from './support.js'

function resolved(value: unknown, config: ConfigData): { value: unknown; problems: string[] } {
  const problems: string[] = []
  const result = resolveMarkers(value, config, (path, problem) => problems.push(`${path.join('.')} ${problem}`))
  return { value: result, problems }
}

describe('fromConfig', () => {
  it.each([
    ['a value of the configuration', fromConfig('INTERVAL', 60), { INTERVAL: 5 }, 5],
    ['the fallback when the key is absent', fromConfig('INTERVAL', 60), {}, 60],
    ['the fallback when an environment variable left it null', fromConfig('INTERVAL', 60), { INTERVAL: null }, 60],
    ['zero and false, which are values', [fromConfig('A', 1), fromConfig('B', true)], { A: 0, B: false }, [0, false]],
    ['a nested value, by a key with dots', fromConfig('sync.users.interval'), { sync: { users: { interval: 7 } } }, 7],
    ['an exact key before a nested one', fromConfig('sync.interval'), { 'sync.interval': 1, sync: { interval: 2 } }, 1],
    ['the fallback when the path ends early', fromConfig('sync.interval', 3), { sync: 'off' }, 3],
    ['the fallback for what objects inherit', fromConfig('toString', 3), {}, 3],
    ['an item of a list', fromConfig('hosts.1'), { hosts: ['a', 'b'] }, 'b'],
    ['a marker as fallback', fromConfig('A', fromConfig('B', 9)), {}, 9],
    ['a marker as fallback that is set', fromConfig('A', fromConfig('B', 9)), { B: 4 }, 4],
    ['numbers from text', fromConfig('A'), { A: ' 60 ' }, 60],
    ['fractions from text', fromConfig('A'), { A: '.5' }, 0.5],
    ['booleans from text', fromConfig('A'), { A: 'false' }, false],
    ['durations as they are', fromConfig('A'), { A: '5m' }, '5m'],
    ['empty text as it is', fromConfig('A'), { A: '' }, ''],
    [
      'numbers from text inside of objects',
      fromConfig('A'),
      { A: { attempts: '3', days: 'mon' } },
      { attempts: 3, days: 'mon' },
    ],
  ])('fromConfig reads %s', (_title, marker, config, value) => {
    expect(resolved(marker, config)).toEqual({ value, problems: [] })
  })

  it('fromConfig keeps a fallback as it was written, also if it is text that spells a number', () => {
    expect(resolved(fromConfig('A', '60'), {}).value).toBe('60')
  })

  it('fromConfig markers are resolved anywhere in the options, and functions and other objects are kept', () => {
    const when = () => true
    const date = new Date(0)
    const options = {
      when,
      date,
      retry: { attempts: fromConfig('ATTEMPTS', 3), backoff: { initial: fromConfig('WAIT') } },
    }
    expect(resolved(options, { WAIT: '2s' })).toEqual({
      value: { when, date, retry: { attempts: 3, backoff: { initial: '2s' } } },
      problems: [],
    })
  })

  it('resolveMarkers leaves out undefined options', () => {
    expect(Object.keys(resolved({ a: undefined, b: 1 }, {}).value as object)).toEqual(['b'])
  })

  it('resolveMarkers reports a key that is not set and has no fallback, with the path of the option', () => {
    const options = { retry: { attempts: fromConfig('RETRY_ATEMPTS') } }
    expect(resolved(options, { RETRY_ATTEMPTS: 3 })).toEqual({
      value: { retry: {} },
      problems: [
        'retry.attempts is read from "RETRY_ATEMPTS" of the configuration, which is not set and has no fallback, did you mean "RETRY_ATTEMPTS"?',
      ],
    })
  })

  it('resolveMarkers does not change its input', () => {
    const options = Object.freeze({ retry: Object.freeze({ attempts: fromConfig('A') }) })
    const config = Object.freeze({ A: Object.freeze({ b: '1' }) })
    expect(resolved(options, config).value).toEqual({ retry: { attempts: { b: 1 } } })
    expect(Object.isFrozen(fromConfig('A', 1))).toBe(true)
  })

  it.each([undefined, null, '', 5])('fromConfig refuses %j as a key', (key: Anything) => {
    expect(thrownBy(() => fromConfig(key)).message).toBe(
      `fromConfig() expects the key of a configuration value, got ${JSON.stringify(key)}`,
    )
  })

  it('fromConfig refuses a function as a fallback', () => {
    expect(thrownBy(() => fromConfig('A', () => 5)).message).toBe(
      'fromConfig("A"): a configuration holds data, so the fallback cannot be a function',
    )
  })
})

describe('readText', () => {
  it.each(['1.2.3', '0x10', '1 2', '09:00', 'Infinity', 'yes', '-'])('readText keeps %j as text', (text) => {
    expect(readText(text)).toBe(text)
  })

  it.each([
    ['-3', -3],
    ['1e3', 1000],
    ['5.', 5],
  ])('readText reads %j as a number', (text, number) => {
    expect(readText(text)).toBe(number)
  })
})
