/** Generators where a method is expected: nothing of their body would ever run. */
import { describe, expect, it } from 'vitest'
import { rpc, service, timer } from '../../src/define/decorators.js'
import { defineService } from '../../src/define/define-service.js'
import { createHarness } from '../../src/testing/index.js'
import { type Anything, decorate, describeExports, problemsOf, withTimer } from './support.js'

const advice =
  'calling it makes an iterator and runs nothing of its body; remove the * and loop inside, or iterate in another method'

class Parent {
  *inherited() {}
}

class Jobs extends Parent {
  *sync() {}
  async *deferred() {}
  *called() {}
  *onStart() {}
  plain() {}
  async promised() {}
  get other() {
    throw new Error('a getter is not called')
  }
}
for (const method of ['inherited', 'sync', 'deferred', 'plain', 'promised']) {
  if (method === 'inherited') decorate(Parent, method, timer(1))
  else decorate(Jobs, method, timer(1))
}
decorate(Jobs, 'called', rpc())
service('jobs')(Jobs)

describe('a generator', () => {
  it('a generator is refused as a method of a class that is an entrypoint or a hook, wherever it is inherited from', () => {
    const problems = problemsOf({ Jobs })
    expect([...problems].sort()).toEqual(
      [
        `jobs: the method "inherited" is a generator: ${advice}`,
        `jobs: the method "sync" is a generator: ${advice}`,
        `jobs: the method "deferred" is an async generator: ${advice}`,
        `jobs: the method "called" is a generator: ${advice}`,
        `jobs: the method "onStart" is a generator: ${advice}`,
      ].sort(),
    )
  })

  it.each([
    ['a generator', function* () {}],
    ['an async generator', async function* () {}],
  ])('a when function that is a generator is refused: %s would always be true', (kind, when: Anything) => {
    expect(problemsOf({ Jobs: withTimer(1, { when }) })).toEqual([
      `jobs: the function "when" of the method "run" is ${kind}: ${advice}`,
    ])
  })

  it.each([
    ['a generator', function* () {}],
    ['an async generator', async function* () {}],
  ])('a generator that create returns is refused when the thread starts: %s', async (kind, work: Anything) => {
    const jobs = defineService({ name: 'jobs', create: () => ({ work }), timers: { work: { interval: 1 } } })
    expect(describeExports({ jobs }).length).toBe(1)
    const harness = createHarness(jobs)
    await expect(harness.advance('1s')).rejects.toThrow(`the method "work" is ${kind}`)
  })

  it('a plain method, an async one, and one that makes an iterator are no generators', () => {
    const make = () => [1, 2][Symbol.iterator]()
    for (const work of [() => {}, async () => {}, make] as Anything[]) {
      const jobs = defineService({ name: 'jobs', create: () => ({ work }), timers: { work: { interval: 1 } } })
      expect(describeExports({ jobs }).length).toBe(1)
    }
  })
})
