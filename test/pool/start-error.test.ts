import { describe, expect, it } from 'vitest'
import { toWireError } from '../../src/kernel/wire-error/wire-error.js'
import { endedWhileStarting, startFailed } from '../../src/pool/start-error.js'

const error = toWireError(
  Object.assign(new TypeError('no database', { cause: new Error('connection refused') }), { code: 'E_DB', host: 'db' }),
)

describe('the error of a start that failed', () => {
  it.each([
    ['of a service', startFailed({ kind: 'start_failed', service: 'svc', step: 'onStart', error })],
    ['of a thread', endedWhileStarting(['svc'], { reason: 'error', exitCode: 1, threadId: 1, error })],
  ])(
    'the start error %s has an Error as its cause, with the name, code, fields, stack and causes of what was thrown',
    (_, failure) => {
      expect(failure.cause).toBeInstanceOf(Error)
      expect(failure.cause).toMatchObject({ name: 'TypeError', message: 'no database', code: 'E_DB', host: 'db' })
      expect(failure.cause).toHaveProperty('stack', error.stack)
      expect(failure.cause).toHaveProperty('cause.message', 'connection refused')
      expect(toWireError(failure).cause).toEqual(error)
    },
  )

  it('the start error of a thread that ended without an error has no cause', () => {
    const failure = endedWhileStarting(['svc'], { reason: 'exited', exitCode: 3, threadId: 1 })
    expect(failure).not.toHaveProperty('cause')
  })
})
