/** Payloads of calls carry what structuredClone copies, or refuse it with a reason. */
import { createSecretKey } from 'node:crypto'
import { BlockList } from 'node:net'
import { MessageChannel } from 'node:worker_threads'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packArguments, packValue, unpack } from '../../src/rpc/payload.js'

class Point {
  readonly x = 1
  readonly y = 2
}

const anyValue = fc.anything({
  maxDepth: 4,
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  withNullPrototype: true,
})

/** The value after it has been sent over two ports, as between two service threads. */
function sent(value: unknown): unknown {
  const payload = packValue(value)
  const transfer = payload instanceof ArrayBuffer ? [payload] : []
  return unpack(structuredClone(payload, { transfer }))
}

describe('the payload of a call', () => {
  it('the payload of a call carries any value as structuredClone copies it', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(sent(value)).toStrictEqual(structuredClone(value))
      }),
    )
  })

  it('the payload of a call carries any list of arguments', () => {
    fc.assert(
      fc.property(fc.array(anyValue, { maxLength: 12 }), (args) => {
        expect(unpack(packArguments(args))).toStrictEqual(structuredClone(args))
      }),
    )
  })

  it.each<[string, unknown]>([
    ['an error with its cause', new TypeError('outer', { cause: new Error('inner') })],
    ['an object of a class, as a plain object', { at: new Point(), list: [new Point()] }],
    ['a view with its offset', new DataView(new ArrayBuffer(9), 1, 3)],
    ['a slice of the pool of buffers', Buffer.from('pooled').subarray(1, 3)],
    ['a text longer than a scalar', 'x'.repeat(5_000)],
    ['a regular expression', /a.b/gi],
    ['a list with holes', Object.assign([1], { 2: 3 })],
    ['an ArrayBuffer', new ArrayBuffer(3)],
    ['minus zero', -0],
    ['NaN', Number.NaN],
  ])('the payload of a call carries %s', (_what, value) => {
    expect(sent(value)).toStrictEqual(structuredClone(value))
  })

  it('the payload of a call keeps references within a value, also cyclic ones', () => {
    const shared = new Uint8Array([1, 2])
    const circle: Record<string, unknown> = { first: shared, second: shared }
    circle.self = circle
    const copy = sent(circle) as typeof circle
    expect(copy.self).toBe(copy)
    expect(copy.first).toBe(copy.second)
  })

  it('the payload of a call refuses a chain that is too deep for V8, as structuredClone does', () => {
    let chain: object = {}
    for (let depth = 0; depth < 100_000; depth++) chain = { next: chain }
    expect(() => structuredClone(chain)).toThrow(RangeError)
    expect(() => packValue(chain)).toThrow(RangeError)
  })

  it.each<[string, unknown, RegExp]>([
    ['a function', () => 1, /could not be cloned/],
    ['a symbol', Symbol('x'), /could not be cloned/],
    ['a promise', Promise.resolve(), /could not be cloned/],
    ['a WeakMap', new WeakMap(), /could not be cloned/],
    ['a proxy', new Proxy({}, {}), /could not be cloned/],
    ['a SharedArrayBuffer', new SharedArrayBuffer(8), /SharedArrayBuffer/],
    ['a view of a SharedArrayBuffer', new Uint8Array(new SharedArrayBuffer(8)), /SharedArrayBuffer/],
    ['a key', createSecretKey(Buffer.from('x')), /KeyObject/],
    ['a Blob', new Blob(['x']), /Blob/],
    ['a BlockList', new BlockList(), /BlockList/],
    ['a port', new MessageChannel().port1, /MessagePort|[Tt]ransfer/],
  ])('the payload of a call refuses %s, however deep it is', (_what, value, reason) => {
    expect(() => packValue({ deep: [new Map([['in', new Set([value])]])] })).toThrow(reason)
    expect(() => packArguments([value])).toThrow(reason)
  })

  it('sending the payload of a call does not detach the memory of the data in it', () => {
    const pool = Buffer.from('in the pool')
    const payload = packValue({ pool }) as ArrayBuffer
    structuredClone(payload, { transfer: [payload] })
    expect(payload.byteLength).toBe(0)
    expect(pool.toString()).toBe('in the pool')
  })

  it('the payload of a call is bytes unless it is a short scalar', () => {
    expect(packValue({ a: 1 })).toBeInstanceOf(ArrayBuffer)
    expect(packValue('x'.repeat(1_025))).toBeInstanceOf(ArrayBuffer)
    expect(packArguments(Array(9).fill(0))).toBeInstanceOf(ArrayBuffer)
    expect(packArguments([1, 'a', null, undefined])).toEqual([1, 'a', null, undefined])
  })
})
