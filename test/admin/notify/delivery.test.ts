/** How notifications are delivered, on a virtual clock. The numbers are the invariants of src/admin/notify/delivery.ts. */
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Delivery } from '../../../src/admin/notify/delivery.js'
import type { NotificationResult } from '../../../src/kernel/notices.js'
import { VirtualClock } from '../../../src/testing/virtual-clock.js'

const SECOND = 1_000_000
/** More than any test here needs. A delivery that does not wait between two attempts would never return to the test. */
const MOST_REQUESTS = 2_000

/** @param answers the status of each request in turn, `silent`, or an error. The last one is repeated. */
function deliver(...answers: (number | 'silent' | Error)[]) {
  const clock = new VirtualClock()
  const requests: { readonly body: string; readonly at: number }[] = []
  const counts: Partial<Record<NotificationResult, number>> = {}
  const problems: string[] = []
  let open = 0
  let mostOpen = 0
  const failWhenEndless = () => {
    const [first] = requests
    if (requests.length < MOST_REQUESTS) return
    throw new Error(
      `${MOST_REQUESTS} requests, the first at ${first?.at} s: the delivery does not wait between attempts`,
    )
  }
  const delivery = new Delivery({
    clock,
    async post(body, signal) {
      const answer = answers[Math.min(requests.length, answers.length - 1)]!
      requests.push({ body, at: clock.now() / SECOND })
      if (requests.length >= MOST_REQUESTS) delivery.stop()
      mostOpen = Math.max(mostOpen, ++open)
      try {
        if (answer === 'silent')
          return await new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        if (answer instanceof Error) throw answer
        await Promise.resolve()
        return answer
      } finally {
        open--
      }
    },
    count: (result) => {
      counts[result] = (counts[result] ?? 0) + 1
    },
    onProblem: (text) => problems.push(text),
  })
  onTestFinished(() => void delivery.stop())
  return {
    delivery,
    requests,
    counts,
    problems,
    /** What was begun goes on first, so that it waits from now on. */
    async advance(seconds: number) {
      await clock.advance(0)
      await clock.advance(seconds * SECOND)
      failWhenEndless()
    },
    get mostOpen() {
      return mostOpen
    },
  }
}

describe('the delivery of notifications', () => {
  it('1: notifications are sent one at a time, in their order', async () => {
    const delivered = deliver(200)
    for (const body of ['a', 'b', 'c']) delivered.delivery.add(body)
    await delivered.advance(0.1)
    expect(delivered.requests.map(({ body }) => body)).toEqual(['a', 'b', 'c'])
    expect(delivered.mostOpen).toBe(1)
    expect(delivered.counts).toEqual({ sent: 3 })
  })

  it('1: a notification that fails keeps the next one waiting', async () => {
    const { delivery, requests, advance, counts } = deliver(503, 200)
    delivery.add('a')
    delivery.add('b')
    await advance(0.9)
    expect(requests.map(({ body }) => body)).toEqual(['a'])
    await advance(0.2)
    expect(requests.map(({ body }) => body)).toEqual(['a', 'a', 'b'])
    expect(counts).toEqual({ retried: 1, sent: 2 })
  })

  it('2: a notification that was taken is never sent again', async () => {
    const { delivery, requests, advance } = deliver(204)
    delivery.add('a')
    await advance(3_600)
    expect(requests).toHaveLength(1)
  })

  it.each([400, 401, 404, 410, 302])(
    '2: a notification that is refused with %d is not sent again, and is told of',
    async (status) => {
      const { delivery, requests, advance, counts, problems } = deliver(status)
      delivery.add('a')
      await advance(3_600)
      expect(requests).toHaveLength(1)
      expect(counts).toEqual({ refused: 1 })
      expect(problems).toEqual([`the receiver refused a notification with status ${status}`])
    },
  )

  it.each([500, 503, 408, 425, 429, new Error('ECONNREFUSED')])(
    '3: after %s it is tried again, each time after twice the time, at most 5 min',
    async (answer) => {
      const { delivery, requests, advance, problems } = deliver(answer)
      delivery.add('a')
      await advance(1_200)
      expect(requests.map(({ at }) => at)).toEqual([0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 811, 1_111])
      expect(problems).toHaveLength(1)
    },
  )

  it('3: a receiver that never answers is given up after 10 s', async () => {
    const { delivery, requests, advance, counts } = deliver('silent', 'silent', 200)
    delivery.add('a')
    await advance(30)
    expect(requests.map(({ at }) => at)).toEqual([0, 11, 23])
    expect(counts).toEqual({ retried: 2, sent: 1 })
  })

  it('4: of more than a thousand that wait, the oldest are dropped and counted', async () => {
    const { delivery, requests, advance, counts } = deliver('silent', 200)
    for (let number = 0; number <= 1_002; number++) delivery.add(String(number))
    expect(counts).toEqual({ dropped: 2 })
    await advance(12)
    expect(requests.slice(0, 3).map(({ body }) => body)).toEqual(['0', '0', '3'])
    expect(counts).toEqual({ dropped: 2, retried: 1, sent: 1_001 })
  })

  it('nothing is sent after a stop between two attempts', async () => {
    const { delivery, requests, advance } = deliver(503)
    delivery.add('a')
    await advance(0.5)
    delivery.stop()
    await advance(600)
    expect(requests).toHaveLength(1)
  })

  it('nothing is sent after the stop, and a request in progress is given up', async () => {
    const { delivery, requests, advance, counts } = deliver('silent')
    delivery.add('a')
    delivery.add('b')
    delivery.stop()
    delivery.add('c')
    await advance(600)
    expect(requests.map(({ body }) => body)).toEqual(['a'])
    expect(counts).toEqual({ lost: 2 })
  })

  it('5: at the end a notification that waits for its next attempt is tried at once, and again each 250 ms', async () => {
    const { delivery, requests, advance, counts } = deliver(503, 503, 503, 200)
    delivery.add('a')
    delivery.add('b')
    await advance(0.5)
    const finished = delivery.finish(1 * SECOND)
    delivery.add('too late')
    await advance(0.6)
    expect(await finished).toBe(0)
    expect(requests.map(({ body, at }) => [body, at])).toEqual([
      ['a', 0],
      ['a', 0.5],
      ['a', 0.75],
      ['a', 1],
      ['b', 1],
    ])
    expect(counts).toEqual({ retried: 3, sent: 2 })
  })

  it.each([503, 'silent' as const])(
    '5: what still waits when the time is over is lost and counted (%s)',
    async (answer) => {
      const { delivery, advance, counts, requests } = deliver(answer)
      for (const body of ['a', 'b', 'c']) delivery.add(body)
      await advance(0.1)
      const finished = delivery.finish(1 * SECOND)
      await advance(1.1)
      expect(await finished).toBe(3)
      expect(counts.lost).toBe(3)
      const { length } = requests
      await advance(600)
      expect(requests).toHaveLength(length)
    },
  )

  it('5: the end does not wait when nothing waits', async () => {
    const { delivery } = deliver(200)
    expect(await delivery.finish(1 * SECOND)).toBe(0)
  })

  it('4, 5: whenever the process ends, each notification has ended in one place', async () => {
    const answers = fc.array(fc.constantFrom(200, 404, 503, 'silent' as const), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(answers, fc.nat(6), fc.nat(20), async (given, added, seconds) => {
        const { delivery, advance, counts } = deliver(...given, 503)
        for (let one = 0; one < added; one++) delivery.add(String(one))
        await advance(seconds)
        const finished = delivery.finish(1 * SECOND)
        await advance(2)
        const lost = await finished
        expect(lost).toBe(counts.lost ?? 0)
        expect((counts.sent ?? 0) + (counts.refused ?? 0) + lost).toBe(added)
      }),
      { numRuns: 50 },
    )
  })

  it('1, 2, 4: whatever the receiver answers, each notification is sent until its final answer, in order, and ends in one place', async () => {
    const answers = fc.array(fc.constantFrom(200, 204, 404, 429, 503, 'silent' as const, new Error('ECONNRESET')), {
      maxLength: 20,
    })
    const steps = fc.array(fc.record({ added: fc.nat(3), seconds: fc.nat(15) }), { minLength: 1, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(answers, steps, async (given, taken) => {
        const delivered = deliver(...given, 200)
        let added = 0
        for (const step of taken) {
          for (let one = 0; one < step.added; one++) delivered.delivery.add(String(added++))
          await delivered.advance(step.seconds)
        }
        await delivered.advance(20 * 600)
        const { counts, requests } = delivered
        expect((counts.sent ?? 0) + (counts.refused ?? 0)).toBe(added)
        const numbers = requests.map(({ body }) => Number(body))
        expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
        const finals = requests.filter((_, index) => isFinalAnswer([...given, 200][Math.min(index, given.length)]!))
        expect(finals.map(({ body }) => Number(body))).toEqual(Array.from({ length: added }, (_, number) => number))
        expect(delivered.mostOpen).toBeLessThanOrEqual(1)
      }),
      { numRuns: 50 },
    )
  })
})

function isFinalAnswer(answer: number | 'silent' | Error): boolean {
  return answer === 200 || answer === 204 || answer === 404
}
