import { describe, expect, expectTypeOf, it } from 'vitest'
import { HOST } from '../../src/depend/host-port.js'
import { Config } from '../../src/index.js'

const configOf = (config: Readonly<Record<string, unknown>>): Config =>
  Object.assign(new Config(), { context: { service: 'shop', config, [HOST]: {} } as never })

describe('the configuration', () => {
  it('the configuration gives the value under a key, or the fallback where it is absent or null', () => {
    const config = configOf({ SIZE: 5, EMPTY: null, database: { url: 'postgres://db' } })
    expect(config.get('SIZE', 100)).toBe(5)
    expect(config.get('EMPTY', 100)).toBe(100)
    expect(config.get('database.url')).toBe('postgres://db')
    expect(config.get('database.name')).toBeUndefined()
    expect(config.get()).toBe(config)
  })

  it('the configuration takes a value to be of the type of its fallback, not to be the fallback', () => {
    const config = configOf({})
    expectTypeOf(config.get('SIZE', 100)).toEqualTypeOf<number>()
    expectTypeOf(config.get('NAME', 'world')).toEqualTypeOf<string>()
    expectTypeOf(config.get('DEEP', false)).toEqualTypeOf<boolean>()
    expectTypeOf(config.get('LIST', ['a'])).toEqualTypeOf<string[]>()
    expectTypeOf(config.get('ANY', JSON.parse('5'))).toBeAny()
    let size = config.get('SIZE', 100)
    size += 1
    expect(size).toBe(101)
  })

  it('the configuration takes it to be of the type that is given', () => {
    const config = configOf({})
    expectTypeOf(config.get<string | null>('URL', null)).toEqualTypeOf<string | null>()
    expectTypeOf(config.get<'fast' | 'slow'>('MODE', 'fast')).toEqualTypeOf<'fast' | 'slow'>()
    expectTypeOf(config.get('MODE', 'fast' as 'fast' | 'slow')).toEqualTypeOf<'fast' | 'slow'>()
    expectTypeOf(config.get<number>('SIZE')).toEqualTypeOf<number | undefined>()
    expectTypeOf(config.get('SIZE')).toEqualTypeOf<unknown>()
    expectTypeOf(config.get()).toEqualTypeOf<Config>()
    expect(config.get<string | null>('URL', null)).toBeNull()
  })
})
