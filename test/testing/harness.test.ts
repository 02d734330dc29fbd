import { describe, expect, expectTypeOf, it, vi } from 'vitest'
import {
  Config,
  currentRun,
  DependencyProvider,
  defineService,
  inject,
  Lease,
  Logger,
  Members,
  type Remote,
  type RunContext,
  type RunResult,
  rpc,
  rpcProxy,
  service,
  type Tick,
  timer,
  UsageError,
} from '../../src/index.js'
import { createHarness, entrypointHook, entrypointWaiter, workerFactory } from '../../src/testing/index.js'

const beats = (options: object, beat: (tick: Tick) => unknown = () => {}) =>
  defineService({ name: 'beats', create: () => ({ beat }), timers: { beat: { interval: '100ms', ...options } } })

const closes = ({ due, skipped, runs, active, pending }: ReturnType<ReturnType<typeof createHarness>['ledger']>) => {
  const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((total, n) => total + n, 0)
  return due === sum(skipped) + sum(runs) + active + pending
}

describe('a harness', () => {
  it('a harness runs every tick at its moment', async () => {
    const at: string[] = []
    const harness = createHarness(
      beats({}, (tick) => at.push(tick.dueAt.toISOString().slice(17, 23))),
      {
        at: '2026-06-01T12:00:00Z',
      },
    )
    await harness.advance('250ms')
    await harness.advance(0.25)
    expect(at).toEqual(['00.100', '00.200', '00.300', '00.400', '00.500'])
    expect(harness.ticks('beat')).toHaveLength(5)
    expect(harness.ticks('beats.beat')[0]).toMatchObject({
      outcome: 'completed',
      sequence: 1,
      latenessMs: 0,
      attempts: 1,
    })
    await harness.stop()
  })

  it('a harness runs a day of a minute timer on the virtual clock, without waiting for real time', async () => {
    const harness = createHarness(beats({ interval: 60 }))
    await harness.advance('1d')
    expect(harness.ledger('beat').runs.completed).toBe(1440)
    await harness.stop()
  })

  it('a harness skips, delays and aborts runs as the engine does', async () => {
    let release = () => {}
    const slow = (tick: Tick) =>
      new Promise<void>((resolve, reject) => {
        release = resolve
        tick.signal.addEventListener('abort', () => reject(tick.signal.reason))
      })
    const harness = createHarness(beats({ timeout: '350ms' }, slow))
    await harness.advance('400ms')
    expect(harness.ticks().map(({ skipped }) => skipped)).toEqual(['running', 'running', 'running'])
    await harness.advance('100ms')
    expect(harness.ticks().filter(({ outcome }) => outcome)).toMatchObject([{ outcome: 'timed_out', sequence: 1 }])
    release()
    await harness.stop()
    expect(closes(harness.ledger('beat'))).toBe(true)
  })

  it('a harness replaces the service object of a run that ignores its abort, as the engine replaces the thread', async () => {
    @service('stubborn')
    class Stubborn {
      runs = 0

      @timer(1, { timeout: '2s', abortGrace: '1s' })
      hang() {
        this.runs += 1
        return this.runs === 2 ? new Promise(() => {}) : undefined
      }
    }
    const harness = createHarness(Stubborn)
    await harness.advance('2s')
    const first = harness.instance
    expect(first.runs).toBe(2)
    await harness.advance('4s')
    expect(harness.ticks().filter(({ outcome }) => outcome === 'timed_out')).toHaveLength(1)
    expect(harness.instance).not.toBe(first)
    expect(harness.instance.runs).toBeGreaterThanOrEqual(1)
    await harness.stop()
    expect(closes(harness.ledger('hang'))).toBe(true)
  })

  it('a harness retries, and opens the breaker', async () => {
    const harness = createHarness(
      beats(
        {
          interval: 60,
          retry: { attempts: 2, backoff: { initial: '1s', jitter: 0 } },
          breaker: { failures: 2, reset: '5m' },
        },
        () => {
          throw new Error('no')
        },
      ),
    )
    await harness.advance('5m')
    expect(
      harness.ticks().map(({ outcome, skipped, attempts }) => (outcome ? `${outcome} ${attempts}` : skipped)),
    ).toEqual(['failed 2', 'failed 2', 'circuit_open', 'circuit_open', 'circuit_open'])
    expect(harness.ticks()[0]!.error).toMatchObject({ name: 'Error', message: 'no' })
    await harness.stop()
  })

  it('a harness simulates stalls, suspended machines and changed clocks', async () => {
    const harness = createHarness(beats({ interval: 1 }))
    await harness.advance('1s')
    await harness.stall('10s')
    expect(harness.ledger('beat').skipped.missed).toBeGreaterThanOrEqual(9)
    const due = harness.ledger('beat').due
    await harness.jumpWallClock('-2h')
    await harness.advance('5s')
    expect(harness.ledger('beat').due).toBe(due + 5)
    await harness.stop()
    expect(closes(harness.ledger('beat'))).toBe(true)
  })

  it('a harness does not wait in real time for a run that only its own clock can let go on', async () => {
    // Were a run at the gate waited for, the ten ticks would take five hours.
    const harness = createHarness(beats({ interval: 1 }), { settleTimeout: '30m' })
    await harness.advance('10s')
    expect(harness.ticks('beat')).toHaveLength(10)
    await harness.stop()
  })

  it('a harness does not wait for timers that the test framework has faked', async () => {
    const harness = createHarness(beats({ interval: 1 }), { settleTimeout: '1s' })
    vi.useFakeTimers({ toFake: ['setImmediate', 'setTimeout', 'setInterval', 'performance', 'queueMicrotask', 'Date'] })
    try {
      await harness.advance('3s')
      expect(harness.ticks('beat')).toHaveLength(3)
      await harness.stop()
    } finally {
      vi.useRealTimers()
    }
  })

  it('a harness runs cron jobs across a daylight saving change', async () => {
    const days = defineService({
      name: 'days',
      create: () => ({ early() {} }),
      crons: { early: { expression: '30 2 * * *', timezone: 'Europe/Berlin' } },
    })
    const harness = createHarness(days, { at: '2026-03-28T00:00:00+01:00' })
    await harness.advance('3d')
    // On the 29th there is no 02:30.
    expect(harness.ticks().map(({ dueAt }) => dueAt.toISOString())).toMatchObject({
      length: 3,
      0: '2026-03-28T01:30:00.000Z',
    })
    await harness.stop()
  })

  it('a harness reads the configuration, with the defaults of the supervisor in it', async () => {
    const harness = createHarness(beats({}), { config: { escapement: { defaults: { overlap: 'wait' } } } })
    expect(harness.services[0]!.timers[0]!.overlap).toBe('wait')
    expect(() => createHarness(beats({}), { config: { escapement: { htpp: {} } } })).toThrow('did you mean "http"')
  })

  it('a harness refuses a value that is not a service and names the value', () => {
    expect(() => createHarness(class Unmarked {})).toThrow(
      "createHarness() expects a class marked @service('name') or the result of defineService(), got a function (Unmarked)",
    )
  })

  it('a harness lets services call each other, with errors, time-outs and call stacks', async () => {
    @service('clerk')
    class Clerk {
      @rpc()
      async stamp(text: string) {
        if (text === '') throw new RangeError('nothing to stamp')
        return { text, stack: currentRun()!.callStack.length }
      }

      @rpc()
      never() {
        return new Promise(() => {})
      }
    }
    @service('boss')
    class Boss {
      @rpcProxy('clerk', { timeout: '5s' }) clerk!: Remote<Clerk>
      got: unknown[] = []

      @timer(60)
      async sign() {
        this.got.push(await this.clerk.stamp('letter'))
        this.got.push(await this.clerk.stamp('').catch((error: Error) => `${error.name}: ${error.message}`))
        this.got.push(await this.clerk.never().catch((error: Error) => error.name))
      }
    }
    const harness = createHarness([Boss, Clerk])
    await harness.advance('1m')
    await harness.advance('5s')
    expect(harness.instanceOf<Boss>('boss').got).toEqual([
      { text: 'letter', stack: 2 },
      'RangeError: nothing to stamp',
      'RpcTimeoutError',
    ])
    await harness.stop()
  })

  it('a harness calls the hooks of providers in order, around every run', async () => {
    const seen: string[] = []
    class First extends DependencyProvider<string> {
      readonly name: string = 'first'
      override setup() {
        seen.push(`${this.name} setup`)
      }
      override start() {
        seen.push(`${this.name} start`)
      }
      override get() {
        return this.name
      }
      override beforeRun(run: RunContext) {
        seen.push(`${this.name} beforeRun ${run.method}`)
      }
      override onResult(_run: RunContext, result: RunResult) {
        seen.push(`${this.name} onResult ${result.outcome}`)
      }
      override afterRun() {
        seen.push(`${this.name} afterRun`)
      }
      override stop() {
        seen.push(`${this.name} stop`)
      }
    }
    class Second extends First {
      override readonly name = 'second'
    }
    @service('hooked')
    class Hooked {
      @inject(First) first!: string
      @inject(Second) second!: string
      @inject(Logger) log!: Logger

      onStart() {
        seen.push(`onStart with ${this.first}, ${this.second}`)
      }

      @timer(1)
      work(tick: Tick) {
        seen.push('work')
        if (tick.sequence === 2) throw new Error('oops')
      }

      onStop() {
        seen.push('onStop')
      }
    }
    const harness = createHarness(Hooked)
    await harness.advance('2s')
    await harness.stop()
    const around = (outcome: string) => [
      'first beforeRun work',
      'second beforeRun work',
      'work',
      `first onResult ${outcome}`,
      `second onResult ${outcome}`,
      'second afterRun',
      'first afterRun',
    ]
    expect(seen).toEqual([
      'first setup',
      'second setup',
      'first start',
      'second start',
      'onStart with first, second',
      ...around('completed'),
      ...around('failed'),
      'onStop',
      'second stop',
      'first stop',
    ])
  })

  it('a harness injects into constructors, and a test can replace a parameter by its position', async () => {
    @service('made')
    class Made {
      readonly said: string

      constructor(@inject(Config) config: Config, @inject(Logger) log: Logger) {
        this.said = config.get('WORD', 'nothing')
        log.info(this.said)
      }

      @rpc()
      say() {
        return this.said
      }
    }
    class Inheriting extends Made {}
    service('inheriting')(Inheriting)
    const harness = createHarness(Inheriting, { config: { WORD: 'hello' } })
    await harness.start()
    expect(harness.instance.said).toBe('hello')
    expect(harness.logs).toMatchObject([{ msg: 'hello', service: 'inheriting' }])
    const other = createHarness(Made, { dependencies: { 0: { get: () => 'replaced' } } })
    await other.start()
    expect(other.instance.said).toBe('replaced')
    await Promise.all([harness.stop(), other.stop()])
  })

  it('a harness without other instances holds the lease and is the only member', async () => {
    const leading = defineService({
      name: 'leading',
      dependencies: { lease: Lease, members: Members },
      create: ({ lease, members }: { lease: Lease; members: Members }) => ({
        lead: (tick: Tick) => {
          tick.lease!.assertHeld()
          return [tick.lease!.fencingToken === lease.fencingToken, members.mine(['a', 'b'])]
        },
        slot() {},
      }),
      timers: { lead: { interval: 60, scope: 'leader' }, slot: { interval: 60, scope: 'cluster' } },
    })
    const harness = createHarness(leading)
    const waiter = entrypointWaiter(harness, 'lead')
    await harness.advance('10m')
    expect(await waiter.result()).toEqual([true, ['a', 'b']])
    expect(harness.ledger('lead').runs.completed).toBe(10)
    expect(harness.ledger('slot').runs.completed).toBe(10)
    await harness.stop()
  })

  it('a harness runs no due moment of a cluster timer twice when the wall clock is set back', async () => {
    const slots: string[] = []
    const sliced = defineService({
      name: 'sliced',
      create: () => ({ work: (tick: Tick) => void slots.push(tick.dueAt.toISOString().slice(17, 19)) }),
      timers: { work: { interval: 1, scope: 'cluster' } },
    })
    const harness = createHarness(sliced)
    await harness.advance('10s')
    await harness.jumpWallClock('-5s')
    await harness.advance('10s')
    expect(slots).toEqual([...new Set(slots)])
    expect(slots.at(-1)).toBe('15')
    expect(harness.ledger('work').skipped.claimed_elsewhere).toBe(5)
    await harness.stop()
  })

  it('a harness runs the last tick of a cron expression that has a last date, whichever instance claims it', async () => {
    const once = defineService({
      name: 'once',
      create: () => ({ work() {} }),
      crons: { work: { expression: '0 0 12 5 1 * 2026', scope: 'cluster', timezone: 'UTC' } },
    })
    const harness = createHarness(once)
    await harness.advance('1d')
    expect(harness.ticks('work').map(({ outcome }) => outcome)).toEqual(['completed'])
    await harness.stop()
  })

  it('a harness re-anchors an aligned grid after the clock was set, also when it detects that at a due moment', async () => {
    for (const interval of [0.05, 0.1, 1]) {
      const beside: number[] = []
      const aligned = defineService({
        name: 'aligned',
        create: () => ({
          work: (tick: Tick) => {
            const off = tick.dueAt.getTime() % (interval * 1_000)
            if (off !== 0) beside.push(off)
          },
        }),
        timers: { work: { interval, align: true, precise: false } },
      })
      const harness = createHarness(aligned)
      await harness.advance('1s')
      for (const jump of ['7.3s', '-3.21s']) {
        await harness.jumpWallClock(jump)
        await harness.advance('3s')
      }
      expect(beside).toEqual([])
      await harness.stop()
    }
  })
})

describe('a harness that is used wrongly', () => {
  it('a harness that is used wrongly refuses the option patience and names settleTimeout', () => {
    const options = { patience: 100 } as object
    expect(() => createHarness(beats({}), options)).toThrow(
      'createHarness(): option "patience" was renamed to "settleTimeout" (known: ',
    )
  })

  it('a harness that is used wrongly refuses options that do not exist', () => {
    expect(() => createHarness(beats({}), { dependancies: {} } as object)).toThrow(
      'createHarness(): option "dependancies" is not known, did you mean "dependencies"? (known: dependencies, config, at, settleTimeout)',
    )
  })

  it('a harness that is used wrongly refuses an invalid moment', () => {
    const expected =
      'createHarness(): option "at" must be a time such as "2026-01-05T00:00:00Z", a Date, or milliseconds since 1970, got '
    expect(() => createHarness(beats({}), { at: 'yesterday' })).toThrow(`${expected}"yesterday"`)
    expect(() => createHarness(beats({}), { at: new Date(Number.NaN) })).toThrow(`${expected}an invalid Date`)
    expect(() => createHarness(beats({}), { at: Number.NaN })).toThrow(`${expected}NaN`)
    expect(createHarness(beats({}), { at: new Date(5) }).clock.wallNow()).toBe(5)
  })

  it('a harness that is used wrongly refuses to go back in time; only the wall clock can be set back', async () => {
    expect(() => createHarness(beats({}), { settleTimeout: '-1s' })).toThrow(
      'settleTimeout must not be negative, got "-1s"',
    )
    const harness = createHarness(beats({}))
    await expect(harness.advance(-5)).rejects.toThrow(
      'advance() must not be negative, got -5: time cannot go back (only jumpWallClock() can set the wall clock back)',
    )
    await expect(harness.stall(-1)).rejects.toThrow('stall() must not be negative, got -1')
    await expect(harness.advance('-1m')).rejects.toBeInstanceOf(UsageError)
    await expect(harness.advance(undefined as never)).rejects.toThrow('advance() must be a number of seconds')
    await harness.jumpWallClock(-5)
    expect(harness.clock.wallNow()).toBe(Date.UTC(2026, 0, 5) - 5_000)
    await harness.stop()
  })

  it('a harness that is used wrongly does nothing after its stop, and keeps its ledgers', async () => {
    const harness = createHarness(beats({}))
    const hook = entrypointHook(harness, 'beat')
    await harness.advance('1s')
    await harness.stop()
    await expect(harness.advance('1s')).rejects.toBeInstanceOf(UsageError)
    await expect(harness.advance('1s')).rejects.toThrow(
      'advance(): the harness was stopped and cannot be restarted; create a new one with createHarness()',
    )
    for (const late of [harness.start(), harness.stall(1), harness.jumpWallClock(1), harness.trigger('beat'), hook()]) {
      await expect(late).rejects.toThrow('the harness was stopped')
    }
    expect(harness.ledger('beat').runs.completed).toBe(10)
    expect(harness.ticks()).toHaveLength(10)
    const unused = createHarness(beats({}))
    await unused.stop()
    await expect(unused.start()).rejects.toThrow('start(): the harness was stopped and cannot be restarted')
  })

  it('a harness that is used wrongly has no ticks and no ledgers before its start, and the error asks for await', async () => {
    const harness = createHarness(beats({}))
    const problem = 'the harness has not been started: is there an "await" missing before start() or advance()?'
    const advancing = harness.advance('1s')
    expect(() => harness.ticks()).toThrow(`ticks(): ${problem}`)
    expect(() => harness.ticks('beat')).toThrow(`ticks(): ${problem}`)
    expect(() => harness.ledger('beat')).toThrow(`ledger(): ${problem}`)
    expect(() => harness.ledger('baet')).toThrow('did you mean "beat"?')
    await advancing
    expect(harness.ticks()).toHaveLength(10)
    await harness.stop()
  })

  it('a harness that is used wrongly refuses the ledger of an rpc, which is not a timer', async () => {
    const harness = createHarness(defineService({ name: 'desk', create: () => ({ ask() {} }), rpcs: ['ask'] }))
    await harness.start()
    expect(() => harness.ledger('ask')).toThrow('ledger(): desk.ask is not a timer: it is an rpc, which has no ticks')
    await harness.stop()
  })

  it('a harness that is used wrongly lists the constructor parameters when the name of a dependency is misspelt', async () => {
    class Repo extends DependencyProvider<string> {
      override get() {
        return 'repo'
      }
    }
    @service('store')
    class Store {
      @inject(Config) config!: Config
      readonly repo: string

      constructor(@inject(Repo) repo: string, @inject(Logger) _log: Logger) {
        this.repo = repo
      }

      @rpc()
      run() {}
    }
    const problem =
      'injects no "repo" (known: config, 0: Repo, 1: Logger; name a constructor parameter by its position)'
    expect(() => createHarness(Store, { dependencies: { repo: {} } })).toThrow(`store ${problem}`)
    expect(() => workerFactory(Store, { repo: {} })).toThrow(`Store ${problem}`)
    expect(workerFactory(Store, { 0: 'fake' }).repo).toBe('fake')
  })
})

describe('the error of a tick', () => {
  it('the error of a tick is an Error that contains the thrown value', async () => {
    class OrderError extends Error {
      readonly code = 'E_ORDER'
      readonly order = 5
    }
    const harness = createHarness(
      beats({}, () => {
        throw new OrderError('no such order', { cause: new TypeError('not a number') })
      }),
    )
    await harness.advance('100ms')
    const error = harness.ticks('beat')[0]?.error
    expectTypeOf(error).toEqualTypeOf<Error | undefined>()
    expect(error).toBeInstanceOf(Error)
    expect(error?.message).toMatch(/no such order/)
    expect(error).toMatchObject({ name: 'OrderError', code: 'E_ORDER', order: 5 })
    expect(error?.cause).toBeInstanceOf(Error)
    expect(error?.cause).toMatchObject({ name: 'TypeError', message: 'not a number' })
    expect(error?.stack).toContain('harness.test.ts')
    await harness.stop()
  })
})
