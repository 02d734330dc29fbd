import { valueAt } from '../kernel/config-value.js'
import { DependencyProvider } from './provider.js'

/**
 * The user's configuration: everything in the configuration file outside of the key `escapement`, with environment
 * variables filled in and `--set` applied.
 *
 *     @inject(Config) config!: Config
 *     ...
 *     const size = this.config.get('SYNC_BATCH_SIZE', 100)
 */
export class Config extends DependencyProvider<Config> {
  /**
   * The value of a key; dots reach into nested objects (`database.url`). Returns `fallback` when the key does not exist or its
   * value is null (a placeholder of an environment variable that is not set).
   *
   * Its static type is that of the fallback: `number` for `100`, unless given (`get<1 | 2>('LEVEL', 1)`). The value is not
   * checked.
   */
  // NoInfer keeps TypeScript from narrowing the result to the literal type of the fallback.
  get<Value>(key: string, fallback: Value): NoInfer<Value>
  get<Value = unknown>(key: string): Value | undefined
  /** Returns the object to inject. The last overload, because TypeScript infers the injected type from the last one. */
  get(): this
  get(key?: string, fallback?: unknown): unknown {
    if (key === undefined) return this
    return valueAt(this.context.config, key) ?? fallback
  }
}
