import { describe, expect, it } from 'vitest'
import { StoreTimeoutError, withDeadline } from '../../src/coordinate/stores/with-deadline.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'

const SECOND = 1_000_000

describe('a request to the store', () => {
  it('a request to the store is answered, and not aborted afterwards', async () => {
    const clock = new VirtualClock()
    let signal: AbortSignal | undefined
    const request = async (given: AbortSignal) => {
      signal = given
      return 'answer'
    }
    expect(await withDeadline(clock, SECOND, request)).toBe('answer')
    await clock.advance(2 * SECOND)
    expect(signal!.aborted).toBe(false)
  })

  it('a request to the store is over when its time is, with an error that says so', async () => {
    const clock = new VirtualClock()
    const answer = withDeadline(
      clock,
      1.5 * SECOND,
      (signal) => new Promise((_, reject) => signal.addEventListener('abort', reject)),
    )
    const failure = expect(answer).rejects.toThrow(
      new StoreTimeoutError('ERR_STORE_TIMEOUT', 'the store did not answer within 1.5s'),
    )
    await clock.advance(1.5 * SECOND)
    await failure
  })

  it('a request to the store is late when the clock says so, even if the answer is seen before the end of the patience', async () => {
    const clock = new VirtualClock()
    // Of a process that was frozen and finds both at once, the answer first.
    const frozen = { now: () => clock.now(), after: () => () => {} } as unknown as VirtualClock
    const late: string[] = []
    const respond: ((answer: string) => void)[] = []
    const request = () => new Promise<string>((resolve) => respond.push(resolve))
    const answers = [1, 2].map(() => withDeadline(frozen, SECOND, request, (answer) => late.push(answer)))
    await clock.stall(SECOND)
    respond[0]!('in time')
    expect(await answers[0]).toBe('in time')
    await clock.stall(1)
    respond[1]!('late')
    await expect(answers[1]).rejects.toThrow(StoreTimeoutError)
    expect(late).toEqual(['late'])
  })

  it('a request to the store does not mind an error that comes late', async () => {
    const clock = new VirtualClock()
    const answer = withDeadline(clock, SECOND, async () => {
      await clock.sleep(2 * SECOND)
      throw new Error('connection reset')
    })
    const failure = expect(answer).rejects.toThrow(StoreTimeoutError)
    await clock.advance(3 * SECOND)
    await failure
  })

  it('a request to the store is not sent when there is no time left', async () => {
    let isSent = false
    const request = async () => {
      isSent = true
    }
    await expect(withDeadline(new VirtualClock(), 0, request)).rejects.toThrow(StoreTimeoutError)
    expect(isSent).toBe(false)
  })
})
