import { InternalError, UsageError } from '../kernel/errors.js'
import type { StateAnswer, StateRequest } from '../kernel/state-message.js'
import { show } from '../kernel/suggest.js'
import { decodeValue, encodeValue } from '../state/state-value.js'
import { HOST, type HostPort } from './host-port.js'
import { DependencyProvider } from './provider.js'

const LONGEST_KEY = 512

/**
 * What a service keeps beyond the life of its thread: keys and values, held by the supervisor. All threads of a service
 * share it, no other service sees it. With `escapement.state.file` it survives the process, too.
 *
 *     @inject(State) state!: State
 *     ...
 *     const since = await this.state.get('since', new Date(0))
 *     await this.state.update('runs', (runs) => runs + 1, 0)
 *
 * Values are copied: plain data, Map, Set, Date, BigInt, typed arrays and whatever else `v8.serialize` takes. Functions
 * and instances of classes are refused. `undefined` is the same as no value.
 */
export class StateClient {
  readonly #service: string
  readonly #host: Pick<HostPort, 'askState'>

  constructor(service: string, host: Pick<HostPort, 'askState'>) {
    this.#service = service
    this.#host = host
  }

  /** The value of a key; `fallback` when it has none. */
  get<Value>(key: string, fallback: Value): Promise<Value>
  get<Value = unknown>(key: string): Promise<Value | undefined>
  async get(key: string, fallback?: unknown): Promise<unknown> {
    const { value } = await this.#value('get', key)
    return value === undefined ? fallback : decodeValue(value)
  }

  async has(key: string): Promise<boolean> {
    return (await this.#value('has', key)).value !== undefined
  }

  /**
   * Gives a key a value, whatever it has now; `undefined` deletes it. Where the new value depends on the old one, use
   * {@link update}: a `get` and a `set` lose what another thread does in between.
   */
  async set(key: string, value: unknown): Promise<void> {
    await this.#store('set', key, value)
  }

  /** True when the key had a value. */
  async delete(key: string): Promise<boolean> {
    return this.#store('delete', key, undefined)
  }

  /** All keys, in the order in which they came. */
  async keys(): Promise<string[]> {
    const answer = await this.#ask({ op: 'keys' }, 'keys')
    return [...answer.keys]
  }

  /**
   * Makes a new value from the old one (or `fallback` when there is none) and returns it. Nothing that other threads do
   * is lost: when one of them was faster, `change` is called again with what the value is now. So it may be called
   * several times, and should do nothing but compute; it may be async, but the longer it takes, the more often it is
   * called. When it returns `undefined`, the key is deleted; when it throws, nothing is changed.
   *
   * Rejects with a UsageError (`ERR_STATE_CHANGE`) when `change` is no function.
   */
  update<Value>(
    key: string,
    change: (old: Value) => Value | undefined | Promise<Value | undefined>,
    fallback: Value,
  ): Promise<Value | undefined>
  update<Value = unknown>(
    key: string,
    change: (old: Value | undefined) => Value | undefined | Promise<Value | undefined>,
  ): Promise<Value | undefined>
  async update(key: string, change: (old: unknown) => unknown, fallback?: unknown): Promise<unknown> {
    const place = placeOf('update', key)
    if (typeof change !== 'function') {
      throw new UsageError(
        'ERR_STATE_CHANGE',
        `${place}: expected a function that makes the new value from the old one, got ${show(change)}; state.set() stores a value as it is`,
      )
    }
    let { value: bytes, version }: Pick<StateAnswer & { kind: 'value' }, 'value' | 'version'> = await this.#value(
      'update',
      key,
    )
    for (;;) {
      const changed = await change(bytes === undefined ? fallback : decodeValue(bytes))
      const value = changed === undefined ? undefined : encodeValue(changed, place)
      const answer = await this.#ask({ op: 'set', key, value, ifVersion: version }, 'stored', 'changed')
      if (answer.kind === 'stored') return changed
      ;({ value: bytes, version } = answer)
    }
  }

  async #value(method: string, key: string) {
    placeOf(method, key)
    return this.#ask({ op: 'get', key }, 'value')
  }

  /** True when the key had a value before. */
  async #store(method: string, key: string, value: unknown): Promise<boolean> {
    const place = placeOf(method, key)
    const bytes = value === undefined ? undefined : encodeValue(value, place)
    return (await this.#ask({ op: 'set', key, value: bytes }, 'stored')).existed
  }

  async #ask<Kind extends StateAnswer['kind']>(
    request: StateRequest,
    ...expected: readonly Kind[]
  ): Promise<Extract<StateAnswer, { kind: Kind }>> {
    const answer = await this.#host.askState(request)
    if (expected.includes(answer.kind as Kind)) return answer as Extract<StateAnswer, { kind: Kind }>
    if (answer.kind !== 'too_large' || request.op !== 'set') {
      throw new InternalError(`the state answers ${request.op} with ${answer.kind}`)
    }
    const { size, used, limit } = answer
    throw new UsageError(
      'ERR_STATE_TOO_LARGE',
      `the state of ${this.#service} has no room for ${show(request.key)}: it takes ${size} bytes, its other keys ${used}, and ${limit} are allowed. Store less, delete what is not needed, or raise escapement.state.maxBytes`,
    )
  }
}

/** `state.get("since")`, for messages; refuses what cannot be a key. */
function placeOf(method: string, key: unknown): string {
  if (typeof key === 'string' && key.length > 0 && key.length <= LONGEST_KEY) return `state.${method}(${show(key)})`
  const given = typeof key === 'string' ? `one of ${key.length} characters` : show(key)
  throw new UsageError(
    'ERR_STATE_KEY',
    `state.${method}: a key is a string of 1 to ${LONGEST_KEY} characters, got ${given}`,
  )
}

/** Provides a {@link StateClient}; see there. */
export class StateProvider extends DependencyProvider<StateClient> {
  static readonly usesRun: boolean = false

  get(): StateClient {
    const { service, [HOST]: host } = this.context
    return new StateClient(service, host)
  }
}

export const State = StateProvider
export type State = StateClient
