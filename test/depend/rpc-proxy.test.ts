import { describe, expect, it } from 'vitest'
import { RpcProxy, rpcProxy, UsageError } from '../../src/index.js'

describe('a proxy of another service', () => {
  it('a proxy of another service refuses options that calls do not have, where it is asked for', () => {
    const misspelt: object = { timout: '2s' }
    expect(() => rpcProxy('users', misspelt)).toThrow(UsageError)
    expect(() => rpcProxy('users', misspelt)).toThrow(
      '@rpcProxy("users"): option "timout" is not known, did you mean "timeout"? (known: timeout, signal)',
    )
    expect(() => new RpcProxy('users', misspelt)).toThrow('RpcProxy of "users": option "timout" is not known')
    expect(() => rpcProxy('users', { timeout: '2s' })).not.toThrow()
  })
})
