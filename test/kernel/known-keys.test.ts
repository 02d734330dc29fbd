import { describe, expect, it } from 'vitest'
import { UsageError } from '../../src/kernel/errors.js'
import { refuseUnknownKeys } from '../../src/kernel/known-keys.js'

function refusalOf(given: unknown): UsageError {
  try {
    refuseUnknownKeys(given, ['timeout', 'signal'], 'call()')
  } catch (error) {
    if (error instanceof UsageError) return error
    throw error
  }
  throw new Error('it was taken')
}

describe('the options that are known', () => {
  it('are taken, and so is nothing at all', () => {
    for (const given of [undefined, {}, { timeout: 1 }, { signal: undefined, timeout: 1 }]) {
      expect(() => refuseUnknownKeys(given, ['timeout', 'signal'], 'call()')).not.toThrow()
    }
  })

  it('are named in the error for an option that has been renamed', () => {
    expect(() => refuseUnknownKeys({ wait: 1 }, ['timeout'], 'call()', { wait: 'timeout' })).toThrow(
      'call(): option "wait" was renamed to "timeout" (known: timeout)',
    )
  })

  it('are told from every other, with what was probably meant and what there is', () => {
    const error = refusalOf({ timout: 1, timeout: 2, what: 3 })
    expect(error.code).toBe('ERR_UNKNOWN_OPTION')
    expect(error.message).toBe(
      'call(): option "timout" is not known, did you mean "timeout"?; option "what" is not known (known: timeout, signal)',
    )
    expect(refusalOf({ timout: undefined }).code).toBe('ERR_UNKNOWN_OPTION')
  })

  it.each([
    [null, 'null'],
    [5, '5'],
    ['text', '"text"'],
    [[1], '[1]'],
  ])('are in an object, not in %j', (given, shown) => {
    expect(refusalOf(given)).toMatchObject({
      code: 'ERR_OPTIONS',
      message: `call(): options must be an object, got ${shown}`,
    })
  })
})
