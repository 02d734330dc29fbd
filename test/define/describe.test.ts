import { describe, expect, it } from 'vitest'
import { cron, rpc, service, timer } from '../../src/define/decorators.js'
import { defineService } from '../../src/define/define-service.js'
import { serviceAt } from '../../src/define/exported-services.js'
import { entrypointsOf } from '../../src/define/service-source.js'
import { type Anything, decorate, describeExports, problemsOf, thrownBy, withTimer } from './support.js'

const EXPECTED =
  "file:///jobs.js: expected it to export a class marked @service('name') or the result of defineService(), but it exports"

/** A class with a timer on `run` and without `@service`. */
function unmarked() {
  class Unmarked {
    run() {}
  }
  decorate(Unmarked, 'run', timer(1))
  return Unmarked
}

describe('describeModule', () => {
  it('describeModule finds services under any export name, in the order of the exports, and ignores other exports', () => {
    const first = withTimer(1)
    const second = defineService({ name: 'second', create: () => ({ run() {} }), rpcs: ['run'] })
    const services = describeExports({ a: 1, first, b: null, c: class {}, d: () => 1, default: second, e: unmarked() })
    expect(services.map(({ name, exportName }) => [name, exportName])).toEqual([
      ['jobs', 'first'],
      ['second', 'default'],
    ])
  })

  it('describeModule describes a service once that is exported twice', () => {
    const jobs = withTimer(1)
    expect(describeExports({ jobs, default: jobs }).map(({ exportName }) => exportName)).toEqual(['jobs'])
  })

  it('describeModule finds services in a default export that is an object, as Node imports some CommonJS modules', () => {
    const whole = {
      jobs: withTimer(1),
      users: defineService({ name: 'users', create: () => ({ run() {} }), rpcs: ['run'] }),
    }
    const exports = { default: whole, users: whole.users }
    expect(describeExports(exports).map(({ exportName }) => exportName)).toEqual(['users', 'default.jobs'])
    expect(serviceAt(exports, 'users')).toBe(whole.users)
    expect(serviceAt(exports, 'default.jobs')).toBe(whole.jobs)
    expect(serviceAt(exports, 'jobs')).toBeUndefined()
  })

  it('describeModule ignores exports that throw when they are read', () => {
    const exports = {
      get broken() {
        throw new ReferenceError('not initialised')
      },
      jobs: withTimer(1),
    }
    expect(describeExports(exports)).toHaveLength(1)
  })

  it('describeModule accepts a class whose static members and accessors throw', () => {
    class Touchy {
      static get name(): string {
        throw new Error('do not touch')
      }
      get status() {
        throw new Error('do not touch')
      }
      run() {}
    }
    decorate(Touchy, 'run', timer(1))
    service('touchy')(Touchy)
    expect(describeExports({ Touchy })[0]).toMatchObject({ name: 'touchy' })
  })

  it.each([
    [{}, 'nothing'],
    [null, 'nothing'],
    ['text', 'nothing'],
    [
      { a: 1, b: null, c: [], d: {}, e: class {}, f: () => 1, default: undefined },
      'a (a number), b (null), c (an array), d (an object), e (a class), f (a function), default (undefined)',
    ],
    [
      { Jobs: unmarked() },
      "Jobs (a class with entrypoints but without @service of its own); mark Jobs with @service('name')",
    ],
    [
      { Jobs: class extends withTimer(1) {} },
      "Jobs (a class with entrypoints but without @service of its own); mark Jobs with @service('name')",
    ],
  ])('describeModule lists the exports of a module without services: case %#', (exports, seen) => {
    expect(problemsOf(exports)).toEqual([`${EXPECTED} ${seen}`])
  })

  it('describeModule refuses two services with the same name', () => {
    expect(problemsOf({ A: withTimer(1), B: withTimer(2) })).toEqual([
      'file:///jobs.js: A and B are both named "jobs"; rename one of them',
    ])
  })

  it('describeModule refuses a service without entrypoints', () => {
    class Idle {}
    service('idle')(Idle)
    expect(problemsOf({ Idle })).toEqual([
      'idle: has no entrypoint: at least one method must be a timer, a cron job or an rpc',
    ])
  })

  it('describeModule refuses a method that is a timer and an rpc, or has several timers without names', () => {
    class Jobs {
      run() {}
      status() {}
    }
    decorate(Jobs, 'run', timer(1))
    decorate(Jobs, 'run', cron('* * * * *'))
    decorate(Jobs, 'status', timer(1))
    decorate(Jobs, 'status', rpc())
    service('jobs')(Jobs)
    expect(problemsOf({ Jobs })).toEqual([
      'jobs: the method "run" has 2 timers, and none has a name: give each one its own, such as { name: \'morning\' }',
      'jobs: the method "status" is rpc and timer at once, but the id of an entrypoint is unique: add a method that calls it',
    ])
  })

  it('describeModule refuses a hook as an entrypoint', () => {
    class Jobs {
      onStart() {}
      onStop() {}
    }
    decorate(Jobs, 'onStart', timer(1))
    decorate(Jobs, 'onStop', rpc())
    service('jobs')(Jobs)
    const problem = (method: string, when: string) =>
      `jobs: the method "${method}" cannot be an entrypoint: it is called when ${when}, once; move this code to a method with another name`
    const problems = [problem('onStart', 'the service starts'), problem('onStop', 'it stops')]
    expect(problemsOf({ Jobs })).toEqual(problems)
    const create = () => ({ onStart() {}, onStop() {} })
    const crons = { onStart: { expression: '@daily' } }
    expect(problemsOf({ jobs: defineService({ name: 'jobs', create, crons, rpcs: ['onStop'] }) })).toEqual(problems)
  })

  it('describeModule refuses a method whose name would make an ambiguous id', () => {
    class Jobs {
      'a.b'() {}
      $größe_1() {}
    }
    decorate(Jobs, 'a.b', timer(1))
    decorate(Jobs, '$größe_1', timer(1))
    service('jobs')(Jobs)
    expect(problemsOf({ Jobs })).toEqual([
      'jobs: the method "a.b" cannot be an entrypoint: its name becomes part of an id, so it must be an identifier',
    ])
  })

  it('describeModule reports the problems of all services and of the configuration in one error', () => {
    class Idle {}
    service('idle')(Idle)
    const exports = { Jobs: withTimer(-1, { timout: 1 }), Idle }
    const settings: Anything = { defaults: { missed: 'never' }, services: { jobs: { nice: 99 } } }
    const error = thrownBy(() => describeExports(exports, settings))
    expect(error.code).toBe('ERR_DEFINITION')
    expect(error.problems).toEqual([
      'configuration: escapement.defaults: option "missed" must be one of "skip", "once", "all", got "never"',
      'configuration: escapement.services.jobs: option "nice" must be a whole number from 0 to 19, got 99',
      'jobs.run: option "timout" is not known, did you mean "timeout"?',
      'jobs.run: interval must be from 1ms to 400d, got -1 s; to run back to back, give a short interval and overlap "wait"',
      'idle: has no entrypoint: at least one method must be a timer, a cron job or an rpc',
    ])
    expect(error.message).toBe(error.problems.join('\n'))
  })

  it('describeModule reports a service whose options cannot be read', () => {
    class Jobs {
      run() {}
    }
    decorate(Jobs, 'run', timer(1))
    service({
      get name(): string {
        throw new Error('not today')
      },
    })(Jobs)
    expect(problemsOf({ Jobs })).toEqual([
      'the service exported as "Jobs": its options cannot be read: Error: not today',
    ])
  })
})

describe('entrypointsOf', () => {
  it('entrypointsOf returns the functions of every timer, including those that a subclass replaced', () => {
    const when = () => true
    const interval = () => 1
    class Base {
      run() {}
      poll() {}
      status() {}
    }
    class Derived extends Base {
      override run() {}
    }
    decorate(Base, 'run', timer(1, { when }))
    decorate(Base, 'poll', timer(interval))
    decorate(Base, 'status', rpc())
    decorate(Derived, 'run', cron('* * * * *'))
    expect([...entrypointsOf(Base)]).toEqual([
      ['run', { when }],
      ['poll', { interval }],
    ])
    expect([...entrypointsOf(Derived)]).toEqual([
      ['run', {}],
      ['poll', { interval }],
    ])
  })
})
