import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { StateAnswer } from '../../src/kernel/state-message.js'
import { type StateContents, StateStore } from '../../src/state/state-store.js'
import { fuzz } from '../schedule/fuzz.js'

const bytes = (...values: number[]) => new Uint8Array(values)
const store = (maxBytes = 100) => new StateStore({ maxBytes })
const versionOf = (answer: StateAnswer) => ('version' in answer ? answer.version : undefined)

describe('the state of a service', () => {
  it('the state of a service is what was stored last, with a version; what was never stored has version 0', () => {
    const state = store()
    expect(state.answer('a', { op: 'get', key: 'k' })).toEqual({ kind: 'value', value: undefined, version: 0 })
    const stored = state.answer('a', { op: 'set', key: 'k', value: bytes(1) })
    expect(stored).toEqual({ kind: 'stored', version: expect.any(Number), existed: false })
    expect(state.answer('a', { op: 'set', key: 'k', value: bytes(2) })).toMatchObject({ existed: true })
    expect(state.answer('a', { op: 'get', key: 'k' })).toMatchObject({ kind: 'value', value: bytes(2) })
  })

  it('the state of a service is not seen by other services', () => {
    const state = store()
    state.answer('a', { op: 'set', key: 'k', value: bytes(1) })
    expect(state.answer('b', { op: 'get', key: 'k' })).toMatchObject({ value: undefined })
    expect(state.answer('b', { op: 'keys' })).toEqual({ kind: 'keys', keys: [] })
  })

  it('the state of a service can have any name and any key', () => {
    const state = store()
    for (const name of ['__proto__', 'constructor', 'toString', ' ']) {
      expect(state.answer(name, { op: 'get', key: name })).toMatchObject({ value: undefined, version: 0 })
      state.answer(name, { op: 'set', key: name, value: bytes(7) })
      expect(state.answer(name, { op: 'get', key: name })).toMatchObject({ value: bytes(7) })
    }
  })

  it('the state of a service is changed only when it still has the version that was asked for', () => {
    const state = store()
    const first = versionOf(state.answer('a', { op: 'set', key: 'k', value: bytes(1), ifVersion: 0 }))!
    const late = state.answer('a', { op: 'set', key: 'k', value: bytes(9), ifVersion: 0 })
    expect(late).toEqual({ kind: 'changed', value: bytes(1), version: first })
    expect(state.answer('a', { op: 'set', key: 'k', value: bytes(2), ifVersion: first })).toMatchObject({
      kind: 'stored',
    })
    expect(state.answer('a', { op: 'set', key: 'k', value: undefined, ifVersion: first })).toMatchObject({
      kind: 'changed',
      value: bytes(2),
    })
  })

  it('the state of a service never has a version again that it had before, not even when it was deleted in between', () => {
    const state = store()
    const seen = new Set<number>()
    for (let round = 0; round < 5; round++) {
      const version = versionOf(state.answer('a', { op: 'set', key: 'k', value: bytes(1) }))!
      expect(seen.has(version)).toBe(false)
      seen.add(version)
      expect(state.answer('a', { op: 'set', key: 'k', value: undefined })).toEqual({
        kind: 'stored',
        version: 0,
        existed: true,
      })
      expect(state.answer('a', { op: 'set', key: 'k', value: bytes(2), ifVersion: version })).toEqual({
        kind: 'changed',
        value: undefined,
        version: 0,
      })
    }
  })

  it('the state of a service takes as many bytes as it may, keys included and in UTF-8', () => {
    const state = store(10)
    expect(state.answer('a', { op: 'set', key: 'é', value: new Uint8Array(9) })).toEqual({
      kind: 'too_large',
      size: 11,
      used: 0,
      limit: 10,
    })
    expect(state.answer('a', { op: 'set', key: 'é', value: new Uint8Array(4) })).toMatchObject({ kind: 'stored' })
    expect(state.answer('a', { op: 'set', key: 'b', value: new Uint8Array(4) })).toEqual({
      kind: 'too_large',
      size: 5,
      used: 6,
      limit: 10,
    })
    expect(state.answer('a', { op: 'get', key: 'b' })).toMatchObject({ value: undefined })
    expect(state.answer('a', { op: 'set', key: 'é', value: new Uint8Array(8) })).toMatchObject({ kind: 'stored' })
    expect(state.answer('b', { op: 'set', key: 'b', value: new Uint8Array(9) })).toMatchObject({ kind: 'stored' })
    state.answer('a', { op: 'set', key: 'é', value: undefined })
    expect(state.answer('a', { op: 'set', key: 'b', value: new Uint8Array(9) })).toMatchObject({ kind: 'stored' })
  })

  it('the state of a service may begin with more than it may take, and then only shrink', () => {
    const contents = new Map([['a', new Map([['k', new Uint8Array(50)]])]])
    const state = new StateStore({ maxBytes: 10, contents })
    expect(state.answer('a', { op: 'get', key: 'k' })).toMatchObject({ value: new Uint8Array(50) })
    expect(state.answer('a', { op: 'set', key: 'x', value: bytes(1) })).toMatchObject({ kind: 'too_large', used: 51 })
    expect(state.answer('a', { op: 'set', key: 'k', value: new Uint8Array(51) })).toMatchObject({ kind: 'too_large' })
    expect(state.answer('a', { op: 'set', key: 'k', value: new Uint8Array(40) })).toMatchObject({ kind: 'stored' })
  })

  it('the state of a service is told of when it changes, and only then', () => {
    const onChange = vi.fn<(contents: () => StateContents) => void>()
    const state = new StateStore({ maxBytes: 10, onChange })
    state.answer('a', { op: 'get', key: 'k' })
    state.answer('a', { op: 'keys' })
    state.answer('a', { op: 'set', key: 'k', value: undefined })
    state.answer('a', { op: 'set', key: 'k', value: bytes(1), ifVersion: 7 })
    state.answer('a', { op: 'set', key: 'k', value: new Uint8Array(99) })
    expect(onChange).not.toHaveBeenCalled()
    state.answer('a', { op: 'set', key: 'k', value: bytes(1) })
    expect(onChange).toHaveBeenCalledTimes(1)
    const contents = onChange.mock.calls[0]![0]
    const before = contents()
    state.answer('a', { op: 'set', key: 'k', value: undefined })
    expect(onChange).toHaveBeenCalledTimes(2)
    expect(before).toEqual(new Map([['a', new Map([['k', bytes(1)]])]]))
    expect(contents()).toEqual(new Map())
  })
})

it('whatever is asked of it, it answers as a Map would', () => {
  const request = fc.record({
    service: fc.constantFrom('a', 'b'),
    op: fc.constantFrom('get', 'keys', 'set', 'set', 'set', 'delete', 'ifSame', 'ifOld', 'ifAbsent'),
    key: fc.constantFrom('x', 'y', 'long key'),
    value: fc.uint8Array({ maxLength: 12 }),
  })
  fc.assert(
    fc.property(fc.array(request, { maxLength: 80 }), (requests) => {
      const LIMIT = 30
      let state = store(LIMIT)
      const model = new Map([
        ['a', new Map<string, Uint8Array>()],
        ['b', new Map<string, Uint8Array>()],
      ])
      const seen = new Set<number>([0])
      for (const { service, op, key, value } of requests) {
        const entries = model.get(service)!
        const now = state.answer(service, { op: 'get', key })
        expect(now).toMatchObject({ kind: 'value', value: entries.get(key) })
        const version = versionOf(now)!
        expect(version === 0).toBe(!entries.has(key))
        if (op === 'get') continue
        if (op === 'keys') {
          expect(state.answer(service, { op: 'keys' })).toEqual({ kind: 'keys', keys: [...entries.keys()] })
          continue
        }
        if (op === 'delete') {
          const existed = entries.delete(key)
          expect(state.answer(service, { op: 'set', key, value: undefined })).toMatchObject({ kind: 'stored', existed })
          continue
        }
        const ifVersion = { ifSame: version, ifOld: version - 1, ifAbsent: 0, set: undefined }[op]
        const answer = state.answer(service, { op: 'set', key, value, ...(ifVersion !== undefined && { ifVersion }) })
        const others = [...entries].filter(([other]) => other !== key)
        const used = others.reduce((sum, [other, bytes]) => sum + other.length + bytes.length, 0)
        if (ifVersion !== undefined && ifVersion !== version) {
          expect(answer).toEqual({ kind: 'changed', value: entries.get(key), version })
        } else if (used + key.length + value.length > LIMIT) {
          expect(answer).toEqual({ kind: 'too_large', size: key.length + value.length, used, limit: LIMIT })
        } else {
          expect(answer).toMatchObject({ kind: 'stored', existed: entries.has(key) })
          expect(seen.has(versionOf(answer)!)).toBe(false)
          seen.add(versionOf(answer)!)
          entries.set(key, value)
        }
      }
      const filled = new Map([...model].filter(([, entries]) => entries.size > 0))
      expect(state.contents()).toEqual(filled)
      state = new StateStore({ maxBytes: LIMIT, contents: state.contents() })
      expect(state.contents()).toEqual(filled)
    }),
    fuzz(300),
  )
})
