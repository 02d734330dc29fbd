import { describe, expect, it } from 'vitest'
import { toWireError } from '../../src/kernel/wire-error.js'

class QuotaError extends Error {
  readonly code = 'E_QUOTA'
  readonly limit = 10
  readonly retry = () => {}
}

describe('toWireError', () => {
  it('keeps the class name, code, message, stack, cause and own fields', () => {
    const cause = new TypeError('inner')
    const wire = toWireError(new QuotaError('too much', { cause }))
    expect(wire).toMatchObject({
      name: 'QuotaError',
      message: 'too much',
      code: 'E_QUOTA',
      cause: { name: 'TypeError', message: 'inner' },
      fields: { limit: 10 },
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
  ])('describes %s that was thrown', (_, thrown, text) => {
    const wire = toWireError(thrown)
    expect(wire.name).toBe('NonError')
    expect(wire.message).toContain(text)
  })

  it('always yields something that can be cloned', () => {
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

  it('ends with a chain of causes that goes round', () => {
    const error = new Error('a')
    error.cause = error
    let depth = 0
    for (let wire = toWireError(error) as { cause?: object } | undefined; wire; wire = wire.cause) depth++
    expect(depth).toBeLessThan(20)
  })
})
