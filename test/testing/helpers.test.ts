/** Tests each promise of nameko's testing helpers. */
import { describe, expect, it } from 'vitest'
import { Config, DependencyProvider, inject, Logger, rpc, service, type Tick, timer } from '../../src/index.js'
import {
  answer,
  callsOf,
  createHarness,
  EntrypointTimeoutError,
  entrypointHook,
  entrypointWaiter,
  replaceDependencies,
  restrictEntrypoints,
  stub,
  workerFactory,
} from '../../src/testing/index.js'

interface Store {
  load(id: number): Promise<string> | string
}

const made: string[] = []

class RealStore extends DependencyProvider<Store> {
  override setup() {
    made.push('setup')
  }

  override get(): Store {
    return { load: (id) => `real ${id}` }
  }
}

@service('worker')
class Worker {
  @inject(RealStore) store!: Store
  @inject(Config) config!: Config
  @inject(Logger) log!: Logger
  ticks = 0

  @timer(60)
  async work(tick: Tick) {
    this.ticks += 1
    tick.log.info('working')
    return this.store.load(this.ticks)
  }

  @rpc()
  async find(id: number) {
    if (id < 0) throw new RangeError('no such thing')
    return this.store.load(id)
  }

  @rpc()
  never() {
    return new Promise(() => {})
  }

  plain() {
    return this.config.get('KEY', 'none')
  }
}

const harnessWith = (store: Store = { load: (id) => `fake ${id}` }) =>
  createHarness(Worker, { dependencies: { store } })

describe('workerFactory', () => {
  it('workerFactory creates a service object whose dependencies are stubs or given values', async () => {
    const worker = workerFactory(Worker)
    expect(await worker.find(1)).toBeUndefined()
    expect(callsOf(worker.store, 'load')).toEqual([{ path: 'load', args: [1] }])
    expect(await workerFactory(Worker, { store: { load: () => 'given' } }).find(1)).toBe('given')
  })

  it('workerFactory refuses a name that is not an injection of the service', () => {
    expect(() => workerFactory(Worker, { stor: {} })).toThrow(
      'Worker injects no "stor", did you mean "store"? (known: store, config, log)',
    )
  })

  it('workerFactory passes the configuration to the service, and logs nothing', () => {
    const worker = workerFactory(Worker, {}, { KEY: 'value' })
    expect(worker.plain()).toBe('value')
    expect(worker.log.level).toBe('silent')
  })

  it('workerFactory works for a class without a name and without dependencies', () => {
    class Bare {
      double(n: number) {
        return 2 * n
      }
    }
    expect(workerFactory(Bare).double(4)).toBe(8)
  })
})

describe('entrypointHook', () => {
  it('entrypointHook returns the result of the method', async () => {
    const harness = harnessWith()
    expect(await entrypointHook(harness, 'find')(7)).toBe('fake 7')
    await harness.stop()
  })

  it('entrypointHook throws the error of the method', async () => {
    const harness = harnessWith()
    await expect(entrypointHook(harness, 'find')(-1)).rejects.toBeInstanceOf(RangeError)
    await harness.stop()
  })

  it('entrypointHook calls a timer with a tick', async () => {
    const harness = harnessWith()
    expect(await entrypointHook(harness, 'work')()).toBe('fake 1')
    expect(harness.logs.some(({ msg }) => msg === 'working')).toBe(true)
    await harness.stop()
  })

  it('entrypointHook returns the result of its own call while other ticks run', async () => {
    const releases: ((value: string) => void)[] = []
    const harness = harnessWith({ load: () => new Promise((resolve) => releases.push(resolve)) })
    await harness.start()
    const hooked = entrypointHook(harness, 'work')()
    await harness.advance('1m')
    expect(releases).toHaveLength(2)
    releases[1]!('of the tick')
    releases[0]!('of the hook')
    expect(await hooked).toBe('of the hook')
    await harness.stop()
  })

  it('entrypointHook refuses a method that is not an entrypoint', () => {
    expect(() => entrypointHook(harnessWith(), 'fnd')).toThrow(
      'worker has no entrypoint "fnd", did you mean "find"? (it has work, find, never)',
    )
  })

  it('entrypointHook rejects after its time-out', async () => {
    const harness = harnessWith()
    await expect(entrypointHook(harness, 'never', { timeout: '20ms' })()).rejects.toThrow(
      new EntrypointTimeoutError('worker.never', '20ms').message,
    )
    await harness.stop()
  })
})

describe('entrypointWaiter', () => {
  it('entrypointWaiter waits for the next run, whether a tick or a call starts it', async () => {
    const harness = harnessWith()
    const waiter = entrypointWaiter(harness, 'work')
    expect(() => waiter.get()).toThrow('the run of worker.work has not ended yet')
    await harness.advance('1m')
    expect(await waiter.result()).toBe('fake 1')
    expect(waiter.get()).toBe('fake 1')
    await harness.stop()
  })

  it('entrypointWaiter rethrows the error of the run', async () => {
    const harness = harnessWith()
    const waiter = entrypointWaiter(harness, 'find')
    await entrypointHook(harness, 'find')(-1).catch(() => {})
    await expect(waiter.result()).rejects.toBeInstanceOf(RangeError)
    expect(() => waiter.get()).toThrow(RangeError)
    await harness.stop()
  })

  it('entrypointWaiter waits for a run that its accept function accepts', async () => {
    const harness = harnessWith()
    const waiter = entrypointWaiter(harness, 'work', {
      accept: (run, result) => run.tick?.sequence === 3 && result.outcome === 'completed',
    })
    await harness.advance('5m')
    expect(await waiter.result()).toBe('fake 3')
    await harness.stop()
  })

  it('entrypointWaiter resolves after the hooks of the dependencies', async () => {
    const seen: string[] = []
    class Slow extends DependencyProvider<null> {
      override get() {
        return null
      }
      override async afterRun() {
        await new Promise((resolve) => setImmediate(resolve))
        seen.push('torn down')
      }
    }
    @service('slow')
    class SlowService {
      @inject(Slow) slow!: null

      @rpc()
      go() {
        return 1
      }
    }
    const harness = createHarness(SlowService)
    const waiter = entrypointWaiter(harness, 'go')
    void entrypointHook(harness, 'go')()
    await waiter.result()
    expect(seen).toEqual(['torn down'])
    await harness.stop()
  })

  it('entrypointWaiter can be nested, and two can wait for the same entrypoint', async () => {
    const harness = harnessWith()
    const waiters = [
      entrypointWaiter(harness, 'work'),
      entrypointWaiter(harness, 'work'),
      entrypointWaiter(harness, 'find'),
    ]
    await harness.advance('1m')
    await entrypointHook(harness, 'find')(9)
    expect(await Promise.all(waiters.map((waiter) => waiter.result()))).toEqual(['fake 1', 'fake 1', 'fake 9'])
    await harness.stop()
  })

  it('entrypointWaiter rejects after its time-out, and refuses a method that is not an entrypoint', async () => {
    const harness = harnessWith()
    await expect(entrypointWaiter(harness, 'work', { timeout: '10ms' }).result()).rejects.toBeInstanceOf(
      EntrypointTimeoutError,
    )
    expect(() => entrypointWaiter(harness, 'plain')).toThrow('worker has no entrypoint "plain"')
  })

  it('entrypointWaiter rejects with the error of its accept function', async () => {
    const harness = harnessWith()
    const waiter = entrypointWaiter(harness, 'work', {
      accept() {
        throw new Error('cannot say')
      },
    })
    await harness.advance('1m')
    await expect(waiter.result()).rejects.toThrow('cannot say')
    await harness.stop()
  })
})

describe('replaceDependencies', () => {
  it('replaceDependencies injects stubs for names, and does not create their providers', async () => {
    made.length = 0
    const harness = createHarness(Worker)
    const { store } = replaceDependencies(harness, 'store')
    answer(store, 'load', (id: number) => `stub ${id}`)
    expect(await entrypointHook(harness, 'find')(1)).toBe('stub 1')
    expect(made).toEqual([])
    await harness.stop()
  })

  it('replaceDependencies injects given values, which it does not return', async () => {
    const harness = createHarness(Worker)
    expect(replaceDependencies(harness, { store: { load: () => 'given' } })).toEqual({})
    expect(await entrypointHook(harness, 'find')(1)).toBe('given')
    await harness.stop()
  })

  it('replaceDependencies accepts names and values in one call', async () => {
    const harness = createHarness(Worker)
    const { log } = replaceDependencies(harness, 'log', { store: { load: () => 'given' } })
    expect(await entrypointHook(harness, 'find')(1)).toBe('given')
    expect(callsOf(log)).toEqual([])
    await harness.stop()
  })

  it('replaceDependencies refuses a repeated name, an unknown name, and a harness that was started', async () => {
    const harness = createHarness(Worker)
    expect(() => replaceDependencies(harness, 'store', { store: {} })).toThrow(
      '"store" is replaced twice: by a stub and by a given value',
    )
    expect(() => replaceDependencies(harness, 'ticks')).toThrow('worker injects no "ticks"')
    await harness.start()
    expect(() => replaceDependencies(harness, 'store')).toThrow(
      'you must replace dependencies before the harness is started',
    )
    await harness.stop()
  })

  it('replaceDependencies affects only its own harness', async () => {
    const [one, other] = [createHarness(Worker), createHarness(Worker)]
    replaceDependencies(one, { store: { load: () => 'given' } })
    expect(await entrypointHook(one, 'find')(1)).toBe('given')
    expect(await entrypointHook(other, 'find')(1)).toBe('real 1')
    await Promise.all([one.stop(), other.stop()])
  })
})

describe('restrictEntrypoints', () => {
  it('restrictEntrypoints removes all entrypoints that it does not name', async () => {
    const harness = harnessWith()
    restrictEntrypoints(harness, 'find')
    await harness.advance('1h')
    expect(harness.ticks()).toEqual([])
    expect(await entrypointHook(harness, 'find')(1)).toBe('fake 1')
    expect(() => entrypointHook(harness, 'work')).toThrow('worker has no entrypoint "work"')
    await harness.stop()
  })

  it('restrictEntrypoints refuses an entrypoint that does not exist, and a harness that was started', async () => {
    const harness = harnessWith()
    expect(() => restrictEntrypoints(harness, 'plain')).toThrow('worker has no entrypoint "plain"')
    await harness.start()
    expect(() => restrictEntrypoints(harness, 'find')).toThrow('before the harness is started')
    await harness.stop()
  })
})

describe('a stub', () => {
  it('a stub has every member, records its calls and returns the configured values', async () => {
    const client = stub()
    answer(client, 'users.find', (id: number) => ({ id }))
    expect(client.users.find(3)).toEqual({ id: 3 })
    expect(await client).toBe(client)
    client('direct')
    expect(callsOf(client)).toEqual([
      { path: 'users.find', args: [3] },
      { path: '', args: ['direct'] },
    ])
    expect(() => callsOf({})).toThrow('expected a stub')
  })
})
