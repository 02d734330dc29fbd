import { describe, expect, expectTypeOf, it } from 'vitest'
import type { Tick } from '../../src/kernel/tick.js'
import { type Remote, remoteOf, withOptions } from '../../src/rpc/remote.js'

class Users {
  readonly count = 3

  find(id: number): string {
    return String(id)
  }

  async findLater(id: number, deep?: boolean): Promise<{ id: number }> {
    return { id: deep ? id : 0 }
  }

  work(_tick: Tick) {}

  anything(_value: unknown) {
    return 1
  }

  onStart() {}
}

describe('a remote service', () => {
  it('a remote service has the methods of the class, all of them async, which send every call with its options', async () => {
    expectTypeOf<Remote<Users>['find']>().toEqualTypeOf<(id: number) => Promise<string>>()
    expectTypeOf<Remote<Users>['findLater']>().toEqualTypeOf<(id: number, deep?: boolean) => Promise<{ id: number }>>()
    expectTypeOf<Remote<Users>['anything']>().toEqualTypeOf<(value: unknown) => Promise<number>>()
    expectTypeOf<Remote<Users>['count']>().toEqualTypeOf<never>()
    expectTypeOf<Remote<Users>['work']>().toEqualTypeOf<never>()
    expectTypeOf<Remote<Users>['onStart']>().toEqualTypeOf<never>()
    expectTypeOf<keyof Remote<Users, 'find'>>().toEqualTypeOf<'find'>()
    const calls: unknown[] = []
    const users = remoteOf<Users>(async (...call) => void calls.push(call), { timeout: 1 })
    expect(await users).toBe(users)
    expect(String(Object.keys(users))).toBe('')
    await users.find(1)
    await withOptions(users, { timeout: '5s' }).find(2)
    expect(users.find).toBe(users.find)
    expect(calls).toEqual([
      ['find', [1], { timeout: 1 }],
      ['find', [2], { timeout: '5s' }],
    ])
    expect(() => withOptions({}, {})).toThrow(
      'withOptions() expects a remote service from @rpcProxy() or supervisor.remote()',
    )
  })

  it('a remote service refuses options that calls do not have', () => {
    const users = remoteOf<Users>(async () => {})
    expect(() => withOptions(users, { timout: 1 } as object)).toThrow(
      'withOptions(): option "timout" is not known, did you mean "timeout"? (known: timeout, signal)',
    )
  })
})
