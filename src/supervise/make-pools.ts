/** Creates the thread pools of a set of services, and emits events about their threads. */
import type { Clock } from '../kernel/clock.js'
import type { ServiceDefinition } from '../kernel/definitions.js'
import type { Events } from '../kernel/events.js'
import { type Micros, secondsFromMicros } from '../kernel/time.js'
import { spawnThread } from '../pool/piscina-thread.js'
import { Pool, type PoolOptions } from '../pool/pool.js'
import { restartPolicy } from '../pool/restart.js'
import { type LaneAddress, ThreadExecutor } from '../pool/thread-executor.js'
import type { WorkerSlot } from '../pool/worker-slot.js'
import type { ThreadSurroundings, Threads } from './assemble.js'
import { ModuleFiles } from './module-files.js'
import { type MetricKeeper, type OutputKeeper, type StateKeeper, ThreadMessageRouter } from './thread-message-router.js'

export interface PoolThreadsOptions
  extends Pick<PoolOptions, 'config' | 'log' | 'onMessage' | 'rpcTimeout' | 'preload' | 'makesSpans'> {
  readonly services: readonly ServiceDefinition[]
  readonly clock: Clock
  readonly events: Events
  readonly startDeadline: Micros
  readonly state: StateKeeper
  readonly metrics: MetricKeeper
  readonly output: OutputKeeper | undefined
}

export interface PoolThreads extends Threads {
  readonly pools: readonly Pool[]
}

/** Creates the pools without opening them. */
export function makePoolThreads(options: PoolThreadsOptions, around: ThreadSurroundings): PoolThreads {
  const { services, state, metrics, output, ...common } = options
  const messages = new ThreadMessageRouter({ router: around.router, state, metrics, output })
  const files = new ModuleFiles(services, common.events)
  const onUp = (names: readonly string[]) => {
    around.onUp(names)
    void files.look(names)
  }
  const pools = new Map<string, Pool>()
  for (const name of new Set(services.map((service) => service.pool))) {
    const members = services.filter((service) => service.pool === name)
    const surroundings = { ...common, coordination: around.coordination, onLink: messages }
    pools.set(name, makePool(name, members, surroundings, onUp))
  }
  const destinations = new Map(services.map((service) => [service.name, pools.get(service.pool)!]))
  const executor = new ThreadExecutor(addressesOf(services, destinations))
  return {
    pools: [...pools.values()],
    executor,
    leadOf: (timer) => executor.leadOf(timer),
    destinationOf: (service) => destinations.get(service)!,
    threadsUp: (service) => destinations.get(service)!.threadsUp,
    tellMembers: (list) => messages.tellMembers(list),
  }
}

/** The pool of each timer of all services, and the index of the timer in the pool. */
function addressesOf(services: readonly ServiceDefinition[], pools: ReadonlyMap<string, Pool>): LaneAddress[] {
  const taken = new Map<Pool, number>()
  return services.flatMap(({ name, timers }) => {
    const pool = pools.get(name)!
    return timers.map((): LaneAddress => {
      const timer = taken.get(pool) ?? 0
      taken.set(pool, timer + 1)
      return { pool, timer }
    })
  })
}

/** What a pool tells of its threads. */
type ThreadNews = 'onUp' | 'onExit' | 'onZombie' | 'onStandbyExit' | 'onNotCreated'

function makePool(
  name: string,
  services: readonly ServiceDefinition[],
  options: Omit<PoolOptions, 'spawn' | 'name' | 'services' | 'restartPolicy' | ThreadNews> & {
    readonly events: Events
  },
  onUp: (services: readonly string[]) => void,
): Pool {
  const { events, ...common } = options
  return new Pool({
    ...common,
    spawn: spawnThread,
    name,
    services,
    restartPolicy,
    onUp(pool, slot, took, { imports, dependencies, onStart }) {
      events.emit('thread.started', {
        ...threadOf(pool, slot),
        restarts: slot.restarts,
        tookSeconds: secondsFromMicros(took),
        importsSeconds: secondsFromMicros(imports),
        dependenciesSeconds: secondsFromMicros(dependencies),
        onStartSeconds: secondsFromMicros(onStart),
      })
      onUp(pool.services)
    },
    onExit(pool, slot, exit, restartIn) {
      events.emit('thread.exited', {
        ...threadOf(pool, slot),
        ...exit,
        ...(restartIn !== undefined && { restartIn: secondsFromMicros(restartIn) }),
      })
    },
    onStandbyExit(pool, slot, exit, retryIn) {
      events.emit('standby.exited', { ...threadOf(pool, slot), ...exit, retryIn: secondsFromMicros(retryIn) })
    },
    onNotCreated(pool, { index }, error, retryIn) {
      const { name, services } = pool
      events.emit('thread.not_created', {
        pool: name,
        services,
        slot: index,
        error,
        retryIn: secondsFromMicros(retryIn),
      })
    },
    onZombie: (pool, slot, threadId) => events.emit('thread.zombie', { ...threadOf(pool, slot), threadId }),
  })
}

function threadOf(pool: Pool, slot: WorkerSlot) {
  return { pool: pool.name, services: pool.services, slot: slot.index, threadId: slot.threadId ?? 0 }
}
