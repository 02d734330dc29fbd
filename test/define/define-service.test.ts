import { describe, expect, expectTypeOf, it } from 'vitest'
import { type DefinedService, defineService, isDefinedService } from '../../src/define/define-service.js'
import { fromConfig } from '../../src/define/options/from-config.js'
import { entrypointsOf, injectionsOf, isServiceSource } from '../../src/define/service-source.js'
import {
  Config,
  type Counter,
  DependencyProvider,
  Lease,
  Logger,
  Members,
  Metrics,
  type Remote,
  RpcProxy,
  State,
} from '../../src/index.js'
import { PROVIDER } from '../../src/kernel/provider-mark.js'
import { createHarness, workerFactory } from '../../src/testing/index.js'
import { type Anything, describeExports, problemsOf, thrownBy, withTimer } from './support.js'

class Log {
  static readonly [PROVIDER] = true
  readonly lines: string[] = []
}

const when = () => true
const interval = () => 2

const users = defineService({
  name: 'users',
  threads: 2,
  nice: fromConfig('NICE', 3),
  dependencies: { log: Log, mail: [Log, 'mail', 1] },
  create({ log }: { log: Log; mail: Log }) {
    let count = 0
    return {
      poll() {
        count += 1
      },
      adapt() {},
      report() {
        log.lines.push(String(count))
      },
      status: () => count,
    }
  },
  timers: {
    poll: { interval: 0.1, overlap: 'wait', when },
    adapt: { interval },
  },
  crons: { report: { expression: '0 18 * * 1-5', timezone: 'Europe/Paris' } },
  rpcs: ['status'],
})

describe('defineService', () => {
  it('defineService defines the same service as a decorated class', () => {
    const [definition] = describeExports({ default: users })
    expect(definition).toMatchObject({ name: 'users', exportName: 'default', threads: 2, nice: 3, pool: 'users' })
    expect(
      definition!.timers.map(({ id, schedule, overlap, hasWhen }) => ({ id, schedule, overlap, hasWhen })),
    ).toEqual([
      {
        id: 'users.poll',
        schedule: { kind: 'interval', interval: 100_000, align: false },
        overlap: 'wait',
        hasWhen: true,
      },
      { id: 'users.adapt', schedule: { kind: 'adaptive', initial: 2_000_000 }, overlap: 'skip', hasWhen: false },
      {
        id: 'users.report',
        schedule: { kind: 'cron', expression: '0 18 * * 1-5', timezone: 'Europe/Paris' },
        overlap: 'skip',
        hasWhen: false,
      },
    ])
    expect(definition!.rpcs.map(({ id }) => id)).toEqual(['users.status'])
  })

  it('defineService gives the worker what it needs: the factory, the functions, and what to inject', () => {
    expect(users.blueprint.create).toBeTypeOf('function')
    expect([...entrypointsOf(users)]).toEqual([
      ['poll', { when }],
      ['adapt', { interval }],
      ['report', {}],
    ])
    expect(injectionsOf(users)).toEqual([
      { property: 'log', token: Log, args: [] },
      { property: 'mail', token: Log, args: ['mail', 1] },
    ])
  })

  it('a defined service is told from everything else by isDefinedService', () => {
    expect(isDefinedService(users)).toBe(true)
    for (const other of [null, undefined, {}, [], 'users', { ...users.blueprint }, withTimer(1)]) {
      expect(isDefinedService(other)).toBe(false)
    }
    expect([users, withTimer(1), class {}, () => 1, {}].map(isServiceSource)).toEqual([true, true, false, false, false])
  })

  it('defineService keeps a copy, and does not change what it is given', () => {
    const blueprint = { name: 'jobs', create: () => ({ run() {} }), timers: { run: Object.freeze({ interval: 1 }) } }
    const jobs = defineService(Object.freeze({ ...blueprint }))
    const copied = defineService(blueprint)
    blueprint.name = 'renamed'
    expect(describeExports({ jobs })).toMatchObject([{ name: 'jobs' }])
    expect(describeExports({ copied })).toMatchObject([{ name: 'jobs' }])
  })

  it.each([undefined, null, 'jobs', 5, []])('defineService refuses %j at once', (blueprint: Anything) => {
    const given = blueprint === undefined ? 'undefined' : JSON.stringify(blueprint)
    expect(thrownBy(() => defineService(blueprint)).problems).toEqual([
      `defineService() expects an object with name, create and timers, got ${given}`,
    ])
  })

  const create = () => ({ run() {} })
  const timers = { run: { interval: 1 } }
  it.each<[part: Anything, problem: string]>([
    [{ create: undefined }, 'jobs: option "create" must be a function that returns the service, got undefined'],
    [{ create: {} }, 'jobs: option "create" must be a function that returns the service, got {}'],
    [{ timer: {} }, 'jobs: option "timer" is not known, did you mean "timers"?'],
    [{ timers: undefined }, 'jobs: has no entrypoint: at least one method must be a timer, a cron job or an rpc'],
    [{ timers: 5 }, 'jobs: option "timers" must be an object such as { method: { interval: 60 } }, got 5'],
    [{ timers: { run: 5 } }, 'jobs: option "timers.run" must be an object such as { interval: 60 }, got 5'],
    [{ timers: { run: null } }, 'jobs: option "timers.run" must be an object such as { interval: 60 }, got null'],
    [
      { timers: { run: {} } },
      'jobs.run: interval must be a number of seconds or a duration such as "100ms", "5m" or "1h30m", got undefined',
    ],
    [
      { timers: { run: { interval: 1, overlpa: 'skip' } } },
      'jobs.run: option "overlpa" is not known, did you mean "overlap"?',
    ],
    [
      { crons: { tidy: '* * * * *' } },
      `jobs: option "crons.tidy" must be an object such as { expression: '0 18 * * *' }, got "* * * * *"`,
    ],
    [
      { crons: { run: { expression: '* * * * *' } } },
      'jobs: the method "run" has 2 timers, and none has a name: give each one its own, such as { name: \'morning\' }',
    ],
    [{ rpcs: 'status' }, 'jobs: option "rpcs" must be a list of method names, got "status"'],
    [{ rpcs: [5] }, 'jobs: option "rpcs" must be a list of method names, got [5]'],
    [{ dependencies: [Log] }, 'jobs: option "dependencies" must be an object of dependency providers, got [null]'],
    [
      { dependencies: { log: undefined } },
      'jobs: option "dependencies.log" must be a dependency provider, got undefined',
    ],
    [{ dependencies: { log: [] } }, 'jobs: option "dependencies.log" must be a dependency provider, got []'],
    [{ threads: 0 }, 'jobs: option "threads" must be a whole number from 1 to 256, got 0'],
  ])('defineService is refused with %o', (part, problem) => {
    expect(problemsOf({ jobs: defineService({ name: 'jobs', create, timers, ...part }) })).toEqual([problem])
  })

  it('a defined service without a name is refused, and the problem names its export', () => {
    expect(problemsOf({ default: defineService({ create, timers } as Anything) })).toEqual([
      'the service exported as "default": option "name" must be a name of letters, digits, "_" and "-", beginning with a letter or "_", at most 64 characters, got undefined',
    ])
  })
})

describe('the types of defineService', () => {
  it('the types of defineService know the methods and the dependencies', () => {
    const given = { name: 'jobs', create: () => ({ run() {}, count: 1 }) }
    defineService({ ...given, rpcs: ['run'], crons: { run: { expression: '@daily' } } })
    // @ts-expect-error: there is no such method
    defineService({ ...given, rpcs: ['walk'] })
    // @ts-expect-error: it is no method
    defineService({ ...given, timers: { count: { interval: 1 } } })
    // @ts-expect-error: an interval is missing
    defineService({ ...given, timers: { run: {} } })
    // @ts-expect-error: there is no such dependency
    defineService({ ...given, create: ({ mail }: { mail: Log }) => ({ run: () => mail }), dependencies: { log: Log } })
    expect(given.name).toBe('jobs')
  })

  interface Mailbox {
    send(text: string): number
  }
  interface Letters {
    write(to: string): string
  }
  class Mailer extends DependencyProvider<Mailbox> {
    readonly #sender: string

    constructor(sender: string, _retries = 3) {
      super()
      this.#sender = sender
    }

    override get() {
      return { send: (text: string) => `${this.#sender}: ${text}`.length }
    }
  }

  it('the types of defineService infer each dependency from what its provider gives, also where it takes arguments', async () => {
    const jobs = defineService({
      name: 'jobs',
      create({ config, log, state, lease, members, metrics, mail, letters }) {
        expectTypeOf(config).toEqualTypeOf<Config>()
        expectTypeOf(log).toEqualTypeOf<Logger>()
        expectTypeOf(state).toEqualTypeOf<State>()
        expectTypeOf(lease).toEqualTypeOf<Lease>()
        expectTypeOf(members).toEqualTypeOf<Members>()
        expectTypeOf(metrics).toEqualTypeOf<Metrics>()
        expectTypeOf(mail.send).toEqualTypeOf<(text: string) => number>()
        expectTypeOf(letters).toEqualTypeOf<Remote<Letters>>()
        const done: Counter<'kind'> = metrics.counter({ name: 'done_total', help: 'Done.', labelNames: ['kind'] })
        return { run: () => mail.send(config.get('TEXT', 'hello')), done }
      },
      dependencies: {
        config: Config,
        log: Logger,
        state: State,
        lease: Lease,
        members: Members,
        metrics: Metrics,
        mail: [Mailer, 'me', 1],
        letters: [RpcProxy<Letters>, 'letters'],
      },
      rpcs: ['run'],
    })
    const harness = createHarness(jobs, { config: { TEXT: 'hi' } })
    await harness.start()
    expectTypeOf(harness.instance.run).toEqualTypeOf<() => number>()
    expectTypeOf(harness.instance.done).toEqualTypeOf<Counter<'kind'>>()
    expect(harness.instance.run()).toBe('me: hi'.length)
    await harness.stop()
    const worker = workerFactory(jobs, { mail: { send: () => 5 }, metrics: { counter: () => {} } })
    expectTypeOf(worker.run).toEqualTypeOf<() => number>()
    expect(worker.run()).toBe(5)
  })

  it('the types of defineService let those that cannot be inferred have the type that is written, and refuse another than the inferred', () => {
    const given = { name: 'jobs' }
    const told = defineService({
      ...given,
      dependencies: { letters: [RpcProxy, 'letters'], log: Log, what: Log as unknown },
      create: ({ letters, log, what }: { letters: Remote<Letters>; log: Log; what: string }) => ({
        run: () => letters.write(what + log.lines),
      }),
    })
    defineService({
      ...given,
      dependencies: { mail: [Mailer, 'me'] },
      // @ts-expect-error: it gives no text
      create: ({ mail }: { mail: string }) => ({ run: () => mail }),
    })
    // @ts-expect-error: nothing is injected
    defineService({ ...given, create: ({ mail }) => ({ run: () => mail }) })
    expect(isDefinedService(told)).toBe(true)
  })

  it('the types of defineService tell what create returns, and fit wherever any service does', () => {
    const jobs = defineService({ name: 'jobs', create: () => ({ run: () => Math.random() }), rpcs: ['run'] })
    expectTypeOf<typeof jobs extends DefinedService<infer Made> ? Made : never>().toEqualTypeOf<{ run: () => number }>()
    const all: DefinedService[] = [jobs, users]
    expect(all.every(isServiceSource)).toBe(true)
  })
})
