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
  static readonly usesRun: boolean = false

  /**
   * The value under a key; dots reach into nested objects (`database.url`). `fallback` when there is none, or when the
   * value is null (an environment variable without a value).
   *
   * It is taken to be of the fallback's type: a number for `100`, unless the type is given (`get<1 | 2>('LEVEL', 1)`).
   */
  // NoInfer keeps TypeScript from taking the fallback for the only value there can be.
  get<Value>(key: string, fallback: Value): NoInfer<Value>
  get<Value = unknown>(key: string): Value | undefined
  /** What is injected. The last one: TypeScript infers from it. */
  get(): this
  get(key?: string, fallback?: unknown): unknown {
    if (key === undefined) return this
    return valueAt(this.context.config, key) ?? fallback
  }
}
