import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/config-file.js'
import { applySetting } from '../../src/config/config-set.js'
import { splitConfig } from '../../src/config/settings.js'

describe('--set', () => {
  it.each([
    ['a=1', { a: 1 }],
    ['a.b=x', { a: { b: 'x' } }],
    ['a.b.c.d=x', { a: { b: { c: { d: 'x' } } } }],
    ['a=true', { a: true }],
    ['a=1.5', { a: 1.5 }],
    ['a="1"', { a: '1' }],
    ['a=', { a: '' }],
    ['a=~', { a: '~' }],
    ['a=null', { a: null }],
    ['a=*/5 * * * *', { a: '*/5 * * * *' }],
    ['a=0123', { a: '0123' }],
    ['a=#1', { a: '#1' }],
    ["a='x y'", { a: 'x y' }],
    ['a=[1, two, 3]', { a: [1, 'two', 3] }],
    ['a={ b: 1 }', { a: { b: 1 } }],
    ['a=b=c', { a: 'b=c' }],
    ['a=x: y', { a: 'x: y' }],
    ['a=redis://:p@h/0', { a: 'redis://:p@h/0' }],
    ['a=${B}', { a: '${B}' }],
    ['MAX_SIZE-2=1', { 'MAX_SIZE-2': 1 }],
  ])('--set reads %s and creates missing parents', (assignment, config) => {
    expect(applySetting({}, assignment)).toEqual(config)
  })

  it('--set leaves the rest as it is, and the given configuration too', () => {
    const config = { a: { b: 1, c: 2 }, d: 3 }
    expect(applySetting(config, 'a.b=[7]')).toEqual({ a: { b: [7], c: 2 }, d: 3 })
    expect(applySetting(config, 'a=7')).toEqual({ a: 7, d: 3 })
    expect(config).toEqual({ a: { b: 1, c: 2 }, d: 3 })
  })

  it('--set creates what a file left empty', () => {
    expect(applySetting(parseConfig('a:', 'f', {}), 'a.b=1')).toEqual({ a: { b: 1 } })
  })

  it('--set goes before the file, and a later one before an earlier one', () => {
    const file = parseConfig('SIZE: ${SIZE:10}\nescapement: { log: { level: warn } }', 'f', { SIZE: '20' })
    const config = ['SIZE=30', 'escapement.log.level=error', 'SIZE=40'].reduce(applySetting, file)
    expect(config).toEqual({ SIZE: 40, escapement: { log: { level: 'error' } } })
  })

  it('--set reaches the settings of the supervisor', () => {
    const set = ['escapement.http.port=0', 'escapement.shutdown.drain=2s', 'escapement.services.one.threads=3']
    const { settings, user } = splitConfig([...set, 'a=1'].reduce(applySetting, {}))
    expect(settings).toMatchObject({
      http: { host: '127.0.0.1', port: 0, allowedHosts: [] },
      shutdown: { drain: 2_000_000 },
      services: { one: { threads: 3 } },
    })
    expect(user).toEqual({ a: 1 })
  })

  it('--set knows misspelt settings of the supervisor', () => {
    expect(() => splitConfig(applySetting({}, 'escapement.shutdwon.drain=1'))).toThrow(
      'configuration: escapement.shutdwon is not known, did you mean "shutdown"?',
    )
    expect(() => splitConfig(applySetting({}, 'escapement.log.levle=info'))).toThrow(
      'configuration: escapement.log.levle is not known, did you mean "level"? (known: level)',
    )
  })

  it.each([
    ['a', /^--set a: expected KEY=VALUE or A\.B=VALUE/],
    ['=1', /^--set =\.\.\.: expected KEY=VALUE/],
    ['a..b=1', /^--set a\.\.b=\.\.\.: expected/],
    ['a.=1', /^--set a\.=\.\.\.: expected/],
    ['.a=1', /^--set \.a=\.\.\.: expected/],
    ['a=[1 2]]', /^--set a: the value begins as a list, a mapping or quoted text and does not end as one: /],
    ['list.0=1', /^--set list\.0: list is a list and has no keys; set it as a whole$/],
    ['text.x.y=1', /^--set text\.x\.y: text is text and has no keys/],
    ['deep.number.x=1', /^--set deep\.number\.x: deep\.number is 5 and has no keys/],
  ])('--set refuses %s with a reason', (assignment, reason) => {
    const config = { list: [1], text: 'secret', deep: { number: 5 } }
    expect(() => applySetting(config, assignment)).toThrow(reason)
  })

  it('--set takes no key for more than a key', () => {
    const config = applySetting({}, '__proto__.polluted=1')
    expect(Object.hasOwn(config, '__proto__')).toBe(true)
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
    expect(applySetting({}, 'constructor.name=x')).toEqual({ constructor: { name: 'x' } })
  })
})
