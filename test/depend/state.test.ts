import { describe, expect, it, vi } from 'vitest'
import { HOST, type HostPort } from '../../src/depend/host-port.js'
import { State, type StateClient } from '../../src/depend/state.js'
import { UsageError } from '../../src/kernel/errors.js'
import type { StateRequest } from '../../src/kernel/state-message.js'
import { StateStore } from '../../src/state/state-store.js'

/** Threads of a service, whose messages take a while and overtake each other. */
function threads(count: number, { maxBytes = 10_000 } = {}) {
  const store = new StateStore({ maxBytes })
  let turn = 0
  const askState = vi.fn(async (request: StateRequest) => {
    for (let wait = turn++ % 3; wait >= 0; wait--) await new Promise(setImmediate)
    const answer = store.answer('shop', structuredClone(request))
    await new Promise(setImmediate)
    return answer
  })
  const clients = Array.from({ length: count }, (): StateClient => {
    const host = { askState } as unknown as HostPort
    return Object.assign(new State(), { context: { service: 'shop', [HOST]: host } as never }).get()
  })
  return { askState, clients, store }
}

const oneThread = (options?: { maxBytes: number }) => threads(1, options).clients[0]!

describe('the state', () => {
  it('the state gives back what was set, or the fallback, or nothing', async () => {
    const state = oneThread()
    expect(await state.get('since')).toBeUndefined()
    expect(await state.get('since', 5)).toBe(5)
    expect(await state.has('since')).toBe(false)
    await state.set('since', 0)
    expect(await state.get('since', 5)).toBe(0)
    expect(await state.has('since')).toBe(true)
    expect(await state.keys()).toEqual(['since'])
    expect(await state.delete('since')).toBe(true)
    expect(await state.delete('since')).toBe(false)
    expect(await state.keys()).toEqual([])
  })

  it('the state has no values that are undefined: to set one is to delete', async () => {
    const state = oneThread()
    await state.set('a', 1)
    await state.set('a', undefined)
    expect(await state.has('a')).toBe(false)
    await state.set('a', null)
    expect(await state.get('a', 'fallback')).toBeNull()
  })

  it.each([
    [null],
    [''],
    [-0],
    [Number.NaN],
    [12345678901234567890n],
    [new Date(5)],
    [/a/gi],
    [new Map<unknown, unknown>([['a', new Map([[{ k: 1 }, new Set([1n])]])]])],
    [{ list: [1, undefined, null, Object.assign([], { 3: 'after holes' })], nested: { deep: [{}] } }],
    [Object.assign(Object.create(null), { a: 1 })],
    [new Uint16Array([1, 65_535])],
    [Buffer.from('bytes')],
    [new Error('what happened')],
    [{ constructor: 'a word', toString: 1 }],
  ])('the state keeps %o as it is', async (value) => {
    const state = oneThread()
    await state.set('a', value)
    const back = await state.get('a')
    expect(back).toEqual(value)
    expect(Object.prototype.toString.call(back)).toBe(Object.prototype.toString.call(value))
  })

  it('the state keeps circles', async () => {
    const state = oneThread()
    const circle: { self?: unknown } = {}
    circle.self = circle
    await state.set('a', circle)
    const back = await state.get<typeof circle>('a')
    expect(back!.self).toBe(back)
  })

  it('the state gives every reader a value of its own, typed arrays too', async () => {
    const state = oneThread()
    const given = { list: [1], bytes: Buffer.from('a') }
    await state.set('a', given)
    given.list.push(2)
    const read = (await state.get<typeof given>('a'))!
    read.bytes.fill('z')
    read.list.push(3)
    expect(await state.get('a')).toEqual({ list: [1], bytes: Buffer.from('a') })
  })
})

describe('what cannot be kept is refused by name', () => {
  class Order {
    id = 1
  }
  class Orders extends Map {}
  class OrderError extends Error {}
  let deep: object = {}
  for (let depth = 0; depth < 100_000; depth++) deep = { deep }

  it.each<[says: string, value: unknown]>([
    ['the value is a function (parse)', function parse() {}],
    ['the value.jobs[1].run is a function (run)', { jobs: [{}, { run: () => 1 }] }],
    ['the value["a b"] is a symbol (Symbol(x))', { 'a b': Symbol('x') }],
    ['the value is an instance of Order, which would lose its class', new Order()],
    ['the value.order is an instance of Order', new Map([['order', new Order()]])],
    ['the value.key is an instance of Order', new Map([[new Order(), 1]])],
    ['the value[...] is an instance of Order', new Set([new Order()])],
    ['the value is an instance of Orders', new Orders()],
    ['the value is an instance of OrderError', new OrderError('x')],
    ['the value is an instance of URL', new URL('http://localhost')],
    ['the value cannot be stored (#<Promise> could not be cloned.)', { late: Promise.resolve() }],
    ['the value cannot be stored (#<SharedArrayBuffer> could not be cloned.)', new SharedArrayBuffer(8)],
    ['the value cannot be stored (Maximum call stack size exceeded)', deep],
  ])('%s', async (says, value) => {
    const { askState, clients } = threads(1)
    const attempts = [clients[0]!.set('my key', value), clients[0]!.update('my key', () => value)]
    for (const [at, attempt] of attempts.entries()) {
      const error = await attempt.catch((reason: UsageError) => reason)
      if (!(error instanceof UsageError)) throw new Error('it was kept')
      expect(error.message).toContain(`state.${at === 0 ? 'set' : 'update'}("my key"): ${says}`)
    }
    expect(askState.mock.calls.some(([{ op }]) => op === 'set')).toBe(false)
  })

  it.each([[''], ['x'.repeat(513)], [5], [undefined], [null]])('the key %o', async (key) => {
    const { askState, clients } = threads(1)
    const state = clients[0]!
    const attempts = [
      state.get(key as string),
      state.has(key as string),
      state.set(key as string, 1),
      state.delete(key as string),
      state.update(key as string, () => 1),
    ]
    for (const attempt of attempts)
      await expect(attempt).rejects.toThrow(/a key is a string of 1 to 512 characters, got/)
    expect(askState).not.toHaveBeenCalled()
  })

  it('too much of it, with sizes and what can be done', async () => {
    const state = oneThread({ maxBytes: 100 })
    await state.set('k'.repeat(20), 'small')
    const attempt = state.set('large', 'x'.repeat(90))
    await expect(attempt).rejects.toThrow(UsageError)
    await expect(attempt).rejects.toThrow(
      /the state of shop has no room for "large": the key and its value take 9\d bytes, the other keys 2\d bytes, and 100 bytes are allowed\. .* escapement\.state\.maxBytes/,
    )
    await expect(state.update('large', () => 'x'.repeat(90))).rejects.toThrow(/no room for "large"/)
    expect(await state.keys()).toEqual(['k'.repeat(20)])
  })
})

describe('an update', () => {
  it('an update of the state makes the new value from the old one and returns it', async () => {
    const state = oneThread()
    expect(await state.update('runs', (runs) => runs + 1, 0)).toBe(1)
    expect(await state.update('runs', (runs) => runs + 1, 0)).toBe(2)
    expect(await state.update<string[]>('list', (list = []) => [...list, 'a'])).toEqual(['a'])
    expect(await state.update<string[]>('list', async (list = []) => [...list, 'b'])).toEqual(['a', 'b'])
  })

  it('an update of the state needs a function, and is not begun without one', async () => {
    const { askState, clients } = threads(1)
    const attempt = clients[0]!.update('k', 5 as never)
    await expect(attempt).rejects.toBeInstanceOf(UsageError)
    await expect(attempt).rejects.toThrow(
      'state.update("k"): expected a function that computes the new value from the old one, got 5; state.set() stores a value as it is',
    )
    expect(askState).not.toHaveBeenCalled()
  })

  it('an update of the state that returns undefined deletes, and one that throws changes nothing', async () => {
    const state = oneThread()
    await state.set('a', 1)
    const failure = new Error('on purpose')
    await expect(
      state.update('a', () => {
        throw failure
      }),
    ).rejects.toBe(failure)
    expect(await state.get('a')).toBe(1)
    expect(await state.update('a', () => undefined)).toBeUndefined()
    expect(await state.has('a')).toBe(false)
  })

  it('an update of the state loses nothing when others change the same key, also while they delete it', async () => {
    const { clients } = threads(4)
    let called = 0
    const rounds = clients.map(async (state) => {
      for (let round = 0; round < 25; round++) {
        await state.update(
          'n',
          (n) => {
            called++
            return n + 1
          },
          0,
        )
      }
    })
    await Promise.all(rounds)
    expect(await clients[0]!.get('n')).toBe(100)
    // They did meet.
    expect(called).toBeGreaterThan(100)

    const taken: number[] = []
    await Promise.all(
      clients.map(async (state) => {
        for (let round = 0; round < 10; round++) {
          let mine = 0
          await state.update<number>('n', (n) => {
            mine = n ?? 0
            return undefined
          })
          taken.push(mine)
          await state.update('n', (n) => n + 1, 0)
        }
      }),
    )
    const rest = await clients[0]!.get('n', 0)
    expect(taken.reduce((sum, n) => sum + n, 0) + rest).toBe(140)
  })

  it('an update of the state is needed for that: a get and a set lose what others did in between', async () => {
    const { clients } = threads(4)
    const rounds = clients.map(async (state) => {
      for (let round = 0; round < 25; round++) await state.set('n', (await state.get('n', 0)) + 1)
    })
    await Promise.all(rounds)
    expect(await clients[0]!.get<number>('n')).toBeLessThan(100)
  })

  it('an update of the state asks twice when nobody else is there, and once more for each that was faster', async () => {
    const { askState, clients } = threads(2)
    const [state, other] = clients as [StateClient, StateClient]
    await state.update('n', (n) => n + 1, 0)
    expect(askState).toHaveBeenCalledTimes(2)
    await other.set('n', 10)
    askState.mockClear()
    let isFirst = true
    const seen: number[] = []
    await state.update<number>('n', async (n) => {
      seen.push(n!)
      if (isFirst) await other.set('n', 20)
      isFirst = false
      return n! + 1
    })
    expect(seen).toEqual([10, 20])
    expect(await state.get('n')).toBe(21)
    expect(askState.mock.calls.map(([{ op }]) => op)).toEqual(['get', 'set', 'set', 'set', 'get'])
  })
})
