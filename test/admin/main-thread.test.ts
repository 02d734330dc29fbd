import { describe, expect, it } from 'vitest'
import { MainThread } from '../../src/admin/main-thread.js'
import type { ControlCommand, ControlResult } from '../../src/kernel/control.js'
import type { ThreadView } from '../../src/kernel/view.js'
import type { FromAdmin } from '../../src/observe/admin-protocol.js'
import type { MainSample } from '../../src/observe/main-sample.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'

const HEALTHY = { live: true, ready: true, problems: [] }
const threadsWith = (restarts: number): ThreadView[] => [
  { pool: 'svc', services: ['svc'], slot: 0, state: 'idle', restarts },
]
const sampleOf = (heapUsed: number) => ({ heapUsed }) as MainSample

function scene() {
  const clock = new VirtualClock()
  const asked: FromAdmin[] = []
  const main = new MainThread({ post: (message) => asked.push(message), after: (...span) => clock.after(...span) })
  return { clock, asked, main }
}

describe('a question to the main thread', () => {
  it('is answered under its number', async () => {
    const { asked, main } = scene()
    const [first, second] = [main.health(), main.health()]
    expect(asked).toEqual([
      { kind: 'question', id: 1, about: 'health' },
      { kind: 'question', id: 2, about: 'health' },
    ])
    main.answered(2, { about: 'health', health: HEALTHY })
    expect(await second).toEqual(HEALTHY)
    main.answered(1, { about: 'health', health: { ...HEALTHY, ready: false } })
    expect(await first).toEqual({ ...HEALTHY, ready: false })
  })

  it('about its health ends after 5 s without an answer: the main thread is not live', async () => {
    const { clock, main } = scene()
    const health = main.health()
    let isOver = false
    void health.then(() => {
      isOver = true
    })
    await clock.advance(4_999_000)
    expect(isOver).toBe(false)
    await clock.advance(1_000)
    const problems = [{ kind: 'main_thread_silent', text: 'the main thread has not answered for 5s' }]
    expect(await health).toEqual({ live: false, ready: false, problems })
    main.answered(1, { about: 'health', health: HEALTHY })
  })

  it('about its gauges holds up a scrape for 50 ms at most, which then has the sample before', async () => {
    const { clock, main } = scene()
    const first = main.sample()
    await clock.advance(50_000)
    expect(await first).toBeUndefined()
    await clock.advance(950_000)
    const second = main.sample()
    main.answered(2, { about: 'sample', sample: sampleOf(2) })
    expect(await second).toEqual(sampleOf(2))
    await clock.advance(1_000_000)
    const third = main.sample()
    await clock.advance(50_000)
    expect(await third).toEqual(sampleOf(2))
  })

  it('about its gauges is asked at most once a second, and all scrapes in that second have the same sample', async () => {
    const { clock, asked, main } = scene()
    const together = [main.sample(), main.sample()]
    main.answered(1, { about: 'sample', sample: sampleOf(1) })
    expect(await Promise.all(together)).toEqual([sampleOf(1), sampleOf(1)])
    await clock.advance(999_999)
    expect(await main.sample()).toEqual(sampleOf(1))
    expect(asked).toEqual([{ kind: 'question', id: 1, about: 'sample' }])
    await clock.advance(1)
    void main.sample()
    expect(asked).toHaveLength(2)
  })

  it('about its gauges may be answered late: the scrapes of the same second have the late answer', async () => {
    const { clock, main } = scene()
    const first = main.sample()
    await clock.advance(50_000)
    expect(await first).toBeUndefined()
    main.answered(1, { about: 'sample', sample: sampleOf(1) })
    expect(await main.sample()).toEqual(sampleOf(1))
  })

  it('is a command, too: whoever gives it learns what it did', async () => {
    const { asked, main } = scene()
    const command: ControlCommand = { action: 'pause', entrypoint: 'svc.task', by: 'Ann', reason: 'a fire' }
    const control = main.control(command)
    expect(asked).toEqual([{ kind: 'question', id: 1, about: 'command', command }])
    const result: ControlResult = { isDone: true, text: 'svc.task is paused' }
    main.answered(1, { about: 'command', result })
    expect(await control).toEqual(result)
  })

  it('is a command, too: after 5 s without an answer it is unknown whether it will be carried out', async () => {
    const { clock, main } = scene()
    const control = main.control({ action: 'abort', entrypoint: 'svc.task', by: 'Ann' })
    await clock.advance(5_000_000)
    expect(await control).toMatchObject({ isDone: false, code: 'ERR_NO_ANSWER' })
  })

  it('about its threads is asked at most once a second, however many look', async () => {
    const { clock, asked, main } = scene()
    const looks = [main.threads(), main.threads()]
    main.answered(1, { about: 'threads', threads: threadsWith(1) })
    expect(await Promise.all([...looks, main.threads()])).toEqual(new Array(3).fill(threadsWith(1)))
    expect(asked).toEqual([{ kind: 'question', id: 1, about: 'threads' }])
    await clock.advance(1_000_000)
    const later = main.threads()
    main.answered(2, { about: 'threads', threads: threadsWith(2) })
    expect(await later).toEqual(threadsWith(2))
  })

  it('about its threads ends after a second without an answer', async () => {
    const { clock, main } = scene()
    const threads = main.threads()
    await clock.advance(1_000_000)
    expect(await threads).toBeUndefined()
  })
})
