import { createContext, runInContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { revived } from '../../src/kernel/wire-error/revived.js'
import { toWireError, type WireError } from '../../src/kernel/wire-error/wire-error.js'

class QuotaError extends Error {
  readonly code = 'E_QUOTA'
  readonly limit = 10
  readonly retry = () => {}
}

/** All text in a value, including keys. */
function lengthOf(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 0
  return Object.entries(value).reduce((sum, [key, inner]) => sum + key.length + lengthOf(inner), 0)
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

function causesOf(wire: WireError): WireError[] {
  return wire.cause ? [wire.cause, ...causesOf(wire.cause)] : []
}

/** 16 K of text, and the marks at the cuts. */
const LIMIT = 16 * 1_024 + 4_096

describe('toWireError', () => {
  it('toWireError keeps the class name, code, message, stack, cause and own fields', () => {
    const cause = new TypeError('inner')
    const wire = toWireError(new QuotaError('too much', { cause }))
    expect(wire).toMatchObject({
      name: 'QuotaError',
      message: 'too much',
      code: 'E_QUOTA',
      cause: { name: 'TypeError', message: 'inner' },
      fields: { limit: 10, retry: '[function retry]' },
    })
    expect(wire.stack).toContain('wire-error.test.ts')
  })

  it.each([
    ['a string', 'boom', 'boom'],
    ['null', null, 'null'],
    ['undefined', undefined, 'undefined'],
    ['an object', { a: 1 }, '{"a":1}'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['a bigint', 1n, '1'],
  ])('toWireError describes %s that was thrown', (_, thrown, text) => {
    const wire = toWireError(thrown)
    expect(wire.name).toBe('NonError')
    expect(wire.message).toContain(text)
  })

  it('toWireError keeps message and stack of an error from another realm', () => {
    const thrown = runInContext('const error = new TypeError("from inside"); error.extra = 1; error', createContext())
    expect(thrown).not.toBeInstanceOf(Error)
    expect(toWireError(thrown)).toMatchObject({ name: 'TypeError', message: 'from inside', fields: { extra: 1 } })
    expect(toWireError(thrown).stack).toContain('from inside')
  })

  it('toWireError keeps the readable fields of an error with getters that throw', () => {
    const error = new Error('readable')
    const refuse = () => {
      throw new Error('refused')
    }
    for (const key of ['code', 'cause', 'detail', 'name'])
      Object.defineProperty(error, key, { get: refuse, enumerable: true })
    const wire = toWireError(error)
    expect(wire).toMatchObject({ name: 'Error', message: 'readable', fields: { detail: '[cannot be read: refused]' } })
  })

  it('toWireError keeps the errors of an AggregateError, which are not enumerable, and uses their messages if it has none', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { port: 1, address: '127.0.0.1' })
    const other = Object.assign(new Error('connect ECONNREFUSED ::1:1'), { port: 1, address: '::1' })
    const wire = toWireError(Object.assign(new AggregateError([refused, other]), { code: 'ECONNREFUSED' }))
    expect(wire.message).toBe('connect ECONNREFUSED 127.0.0.1:1; connect ECONNREFUSED ::1:1')
    expect(wire.code).toBe('ECONNREFUSED')
    expect(wire.errors).toMatchObject([
      { message: refused.message, fields: { port: 1, address: '127.0.0.1' } },
      { message: other.message, fields: { address: '::1' } },
    ])
    expect((revived(wire) as AggregateError).errors[0]).toMatchObject({ message: refused.message, port: 1 })
  })

  it('toWireError shows binary data, maps, sets and dates as short plain data', () => {
    const fields = {
      body: Buffer.alloc(1_000_000),
      view: new Float64Array(10),
      raw: new ArrayBuffer(5),
      at: new Date(0),
      map: new Map([['a', 1n]]),
      set: new Set([1, 2]),
    }
    expect(toWireError(Object.assign(new Error('x'), fields)).fields).toEqual({
      body: 'Buffer(1000000)',
      view: 'Float64Array(80)',
      raw: 'ArrayBuffer(5)',
      at: '1970-01-01T00:00:00.000Z',
      map: { a: '1n' },
      set: [1, 2],
    })
  })

  it('toWireError cuts long texts with a mark, and keeps the frames of the stack', () => {
    const wire = toWireError(new Error('m'.repeat(1_000_000)))
    expect(wire.message).toMatch(/^m{8192}\[991808 more characters]$/)
    expect(wire.stack).toContain('wire-error.test.ts')
    expect(wire.stack!.length).toBeLessThan(9_000)
  })

  it('toWireError keeps the first 64 fields and says how many it left out', () => {
    const fields = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`f${index}`, index]))
    const wire = toWireError(Object.assign(new Error('x'), fields))
    expect(Object.keys(wire.fields!)).toHaveLength(65)
    expect(wire.fields!['...']).toBe('36 more fields')
  })

  it('toWireError keeps outer and inner causes of a long chain, the root cause among them', () => {
    let error = new Error('root')
    for (let depth = 1; depth <= 20; depth++) error = new Error(`level ${depth}`, { cause: error })
    const wire = toWireError(error)
    const messages = [wire, ...causesOf(wire)].map(({ message }) => message)
    expect(messages).toEqual([
      ...['level 20', 'level 19', 'level 18', 'level 17', '13 causes between are left out'],
      ...['level 3', 'level 2', 'level 1', 'root'],
    ])
  })

  it('toWireError gives message and root cause their share when both are long', () => {
    const error = new Error('o'.repeat(100_000), { cause: new Error('r'.repeat(100_000)) })
    const wire = toWireError(error)
    expect(wire.message).toMatch(/^o{4096}\[/)
    expect(wire.cause!.message).toMatch(/^r{4096}\[/)
    expect(wire.cause!.stack).toContain('wire-error.test.ts')
  })

  it('toWireError ends at a cycle in a chain of causes', () => {
    const error = new Error('a')
    error.cause = error
    expect(causesOf(toWireError(error))).toEqual([])
  })

  it('toWireError always returns a value that can be cloned', () => {
    const circular: { self?: unknown } = {}
    circular.self = circular
    const evil = new Proxy(new Error('x'), {
      get() {
        throw new Error('no')
      },
    })
    const error = Object.assign(new Error('fields'), { fn() {}, port: new MessageChannel().port1, circular })
    for (const thrown of [circular, evil, error, () => {}, new Proxy({}, {})]) {
      expect(structuredClone(toWireError(thrown))).toBeDefined()
    }
    error.port.close()
  })

  const anything = fc.anything({
    maxDepth: 6,
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withSparseArray: true,
    withObjectString: true,
    withNullPrototype: true,
  })
  const longText = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.nat(200_000).map((length) => '\ud83d\ude00x'.repeat(length / 3)),
  )
  const thrown = fc.oneof(
    anything,
    fc
      .record({ message: longText, root: longText, between: fc.nat(30), fields: fc.dictionary(longText, anything) })
      .map(({ message, root, between, fields }) => {
        let error = new Error(root)
        for (let depth = 0; depth < between; depth++) error = new Error(`between ${depth}`, { cause: error })
        return Object.assign(new TypeError(message, { cause: error }), fields)
      }),
  )

  it('toWireError is bounded, cloneable and JSON for any thrown value', () => {
    fc.assert(
      fc.property(thrown, (value) => {
        const wire = toWireError(value)
        expect(lengthOf(wire)).toBeLessThan(LIMIT)
        expect(depthOf(wire.fields ?? {})).toBeLessThanOrEqual(5)
        expect(structuredClone(wire)).toEqual(wire)
        expect(() => JSON.parse(JSON.stringify(wire))).not.toThrow()
      }),
    )
  })

  it('toWireError lets message, stack and root cause of any error survive', () => {
    fc.assert(
      fc.property(longText, longText, fc.nat(30), (message, root, between) => {
        let error = new Error(root)
        for (let depth = 0; depth < between; depth++) error = new Error(`between ${depth}`, { cause: error })
        const wire = toWireError(new TypeError(message, { cause: error }))
        const last = causesOf(wire).at(-1)!
        const begins = (text: string, whole: string) => whole.startsWith(text.replace(/\[\d+ more characters]$/, ''))
        expect(begins(wire.message, message)).toBe(true)
        expect(wire.message.length).toBeGreaterThanOrEqual(Math.min(message.length, 4_000))
        expect(begins(last.message, root)).toBe(true)
        expect(last.message.length).toBeGreaterThanOrEqual(Math.min(root.length, 4_000))
        expect(wire.stack).toMatch(/\n\s+at /)
        expect(last.stack).toMatch(/\n\s+at /)
      }),
    )
  })
})
