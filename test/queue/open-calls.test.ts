import { expect, it } from 'vitest'
import { OpenCalls } from '../../src/queue/client/open-calls.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'

function openCalls() {
  const clock = new VirtualClock()
  const calls = new OpenCalls<string>(clock)
  const answers: (readonly [call: number, answer: string, at: number])[] = []
  const start = clock.now()
  const add = (call: number, giveUpAfter: () => number) =>
    calls.add(call, {
      message: { kind: 'hold', held: [] },
      giveUpAt: () => start + giveUpAfter(),
      unanswered: 'unanswered',
      done: (answer) => answers.push([call, answer, clock.now() - start]),
    })
  return { clock, calls, answers, add }
}

it('each call is given up at its own deadline, in whichever order they were added', async () => {
  const { clock, calls, answers, add } = openCalls()
  for (const [call, after] of [3_000_000, 1_000_000, 2_000_000, 4_000_000].entries()) add(call, () => after)
  calls.answer(0, 'answered')
  await clock.advance(10_000_000)
  expect(answers).toEqual([
    [0, 'answered', 0],
    [1, 'unanswered', 1_000_000],
    [2, 'unanswered', 2_000_000],
    [3, 'unanswered', 4_000_000],
  ])
})

it('a call whose deadline has moved on is given up at the new one', async () => {
  const { clock, answers, add } = openCalls()
  let after = 1_000_000
  add(1, () => after)
  after = 5_000_000
  await clock.advance(4_999_999)
  expect(answers).toEqual([])
  await clock.advance(1)
  expect(answers).toEqual([[1, 'unanswered', 5_000_000]])
})

it('a call that is added when another is given up has its own deadline', async () => {
  const { clock, calls, answers, add } = openCalls()
  calls.add(1, {
    message: { kind: 'hold', held: [] },
    giveUpAt: () => clock.now(),
    unanswered: 'unanswered',
    done: () => add(2, () => 3_000_000),
  })
  await clock.advance(3_000_000)
  expect(answers).toEqual([[2, 'unanswered', 3_000_000]])
})

it('what is given up at the close is answered once', async () => {
  const { clock, calls, answers, add } = openCalls()
  add(1, () => 1_000_000)
  calls.giveUp()
  calls.answer(1, 'late')
  await clock.advance(2_000_000)
  expect(answers).toEqual([[1, 'unanswered', 0]])
})
