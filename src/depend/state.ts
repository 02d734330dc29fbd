import { EscapementError, InternalError, UsageError } from '../kernel/errors.js'
import type { StateAnswer, StateRequest } from '../kernel/state-message.js'
import { show } from '../kernel/suggest.js'
import { decodeValue, encodeValue } from '../state/state-value.js'
import { HOST, type HostPort } from './host-port.js'
import { DependencyProvider } from './provider.js'

const MAX_KEY_LENGTH = 512

/**
 * Keys and values that outlive the threads of a service; the supervisor keeps them. All threads of a service share them, and
 * no other service can access them. With `escapement.state.file` they also survive the process.
 *
 *     @inject(State) state!: State
 *     ...
 *     const since = await this.state.get('since', new Date(0))
 *     await this.state.update('runs', (runs) => runs + 1, 0)
 *
 * A change is acknowledged when the main thread has it: it outlives every thread. It is in the file at most a second later, so a
 * crash of the whole process can lose the changes of the last second; {@link flush} waits until they are in the file.
 *
 * Values are copied: plain data, Map, Set, Date, BigInt, typed arrays and everything else that `v8.serialize` accepts.
 * Functions and objects of user classes are refused. `undefined` is the same as no value.
 */
export class StateClient {
  readonly #service: string
  readonly #host: Pick<HostPort, 'askState'>

  constructor(service: string, host: Pick<HostPort, 'askState'>) {
    this.#service = service
    this.#host = host
  }

  /** The value of a key, or `fallback` when the key has none. */
  get<Value>(key: string, fallback: Value): Promise<Value>
  get<Value = unknown>(key: string): Promise<Value | undefined>
  async get(key: string, fallback?: unknown): Promise<unknown> {
    const { value } = await this.#read('get', key)
    return value === undefined ? fallback : decodeValue(value)
  }

  async has(key: string): Promise<boolean> {
    return (await this.#read('has', key)).value !== undefined
  }

  /**
   * Sets the value of a key; `undefined` deletes the key. When the new value depends on the old one, use {@link update}: a
   * `get` followed by a `set` overwrites changes that another thread makes in between.
   */
  async set(key: string, value: unknown): Promise<void> {
    await this.#store('set', key, value)
  }

  /** Deletes a key. True when the key had a value. */
  async delete(key: string): Promise<boolean> {
    return this.#store('delete', key, undefined)
  }

  /** All keys, in the order in which they were first set. */
  async keys(): Promise<string[]> {
    const answer = await this.#ask({ op: 'keys' }, 'keys')
    return [...answer.keys]
  }

  /**
   * Computes a new value from the old one (or from `fallback` when there is none), stores it and returns it. Changes by other
   * threads are not lost: when another thread has changed the key meanwhile, `change` is called again with the current
   * value. So `change` may be called several times and should have no side effects. It may be async, but the longer it
   * takes, the more often it is repeated. When it returns `undefined`, the key is deleted; when it throws, nothing changes.
   *
   * Rejects with a UsageError (`ERR_STATE_CHANGE`) when `change` is not a function.
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
    const call = callText('update', key)
    if (typeof change !== 'function') {
      throw new UsageError(
        'ERR_STATE_CHANGE',
        `${call}: expected a function that computes the new value from the old one, got ${show(change)}; state.set() stores a value as it is`,
      )
    }
    let { value: bytes, version }: Pick<StateAnswer & { kind: 'value' }, 'value' | 'version'> = await this.#read(
      'update',
      key,
    )
    for (;;) {
      const changed = await change(bytes === undefined ? fallback : decodeValue(bytes))
      const value = changed === undefined ? undefined : encodeValue(changed, call)
      const answer = await this.#ask({ op: 'set', key, value, ifVersion: version }, 'stored', 'changed')
      if (answer.kind === 'stored') return changed
      ;({ value: bytes, version } = answer)
    }
  }

  /**
   * Waits until everything that this service has stored so far is in the state file, and on the disk. Calls at the same time share
   * one write. Without `escapement.state.file` there is nothing to wait for.
   *
   * Rejects with an EscapementError (`ERR_STATE_NOT_SAVED`) when the file cannot be written now; the write is tried again later.
   */
  async flush(): Promise<void> {
    const { isSaved } = await this.#ask({ op: 'flush' }, 'flushed')
    if (isSaved) return
    throw new EscapementError(
      'ERR_STATE_NOT_SAVED',
      `the state of ${this.#service} is not in its file yet: the file cannot be written, and the log says why. The write is tried again`,
    )
  }

  async #read(method: string, key: string) {
    callText(method, key)
    return this.#ask({ op: 'get', key }, 'value')
  }

  /** True when the key had a value before. */
  async #store(method: string, key: string, value: unknown): Promise<boolean> {
    const call = callText(method, key)
    const bytes = value === undefined ? undefined : encodeValue(value, call)
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
      `the state of ${this.#service} has no room for ${show(request.key)}: the key and its value take ${size} bytes, the other keys ${used} bytes, and ${limit} bytes are allowed. Store less, delete unused keys, or raise escapement.state.maxBytes`,
    )
  }
}

/** The text `state.get("since")` for messages. @throws UsageError when `key` is not a valid key. */
function callText(method: string, key: unknown): string {
  if (typeof key === 'string' && key.length > 0 && key.length <= MAX_KEY_LENGTH) return `state.${method}(${show(key)})`
  const given = typeof key === 'string' ? `one of ${key.length} characters` : show(key)
  throw new UsageError(
    'ERR_STATE_KEY',
    `state.${method}: a key is a string of 1 to ${MAX_KEY_LENGTH} characters, got ${given}`,
  )
}

/** Provides a {@link StateClient}. */
export class StateProvider extends DependencyProvider<StateClient> {
  get(): StateClient {
    const { service, [HOST]: host } = this.context
    return new StateClient(service, host)
  }
}

export const State = StateProvider
export type State = StateClient
