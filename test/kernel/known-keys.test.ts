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

describe('refuseUnknownKeys', () => {
  it('known options are accepted, and so are absent options', () => {
    for (const given of [undefined, {}, { timeout: 1 }, { signal: undefined, timeout: 1 }]) {
      expect(() => refuseUnknownKeys(given, ['timeout', 'signal'], 'call()')).not.toThrow()
    }
  })

  it('an option that was renamed is refused with its new name', () => {
    expect(() => refuseUnknownKeys({ wait: 1 }, ['timeout'], 'call()', { wait: 'timeout' })).toThrow(
      'call(): option "wait" was renamed to "timeout" (known: timeout)',
    )
  })

  it('an unknown option is refused with a similar name and the list of known ones', () => {
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
  ])('options that are %j and not an object are refused', (given, shown) => {
    expect(refusalOf(given)).toMatchObject({
      code: 'ERR_OPTIONS',
      message: `call(): options must be an object, got ${shown}`,
    })
  })
})
