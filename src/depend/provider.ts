/**
 * What can be injected into a service: configuration, a logger, a database client, anything with a life of its own.
 *
 * A provider lives in the worker thread, one per service and place of injection. All providers of a thread are set up,
 * then all are started, then the first tick may come; they are stopped in reverse order after the last. Write your own
 * by extending this class; {@link get} is the only method you need:
 *
 *     class Mailer extends DependencyProvider<Transport> {
 *       get() { return createTransport(this.context.config.MAIL_URL) }
 *     }
 *
 *     class Newsletter {
 *       @inject(Mailer) mail!: Transport
 *     }
 */
import type { Logger as PinoLogger } from 'pino'

const PROVIDER: unique symbol = Symbol.for('escapement.provider')

/** What a provider is told about the place it lives in. */
export interface ProviderContext {
  /** Name of the service it is injected into. */
  readonly service: string
  /** The user's configuration. */
  readonly config: Readonly<Record<string, unknown>>
  /** Logs with the service's name. */
  readonly log: PinoLogger
}

export abstract class DependencyProvider<Value = unknown> {
  /**
   * Marks provider classes across copies of this package: a module that is compiled to CommonJS on the fly has one of
   * its own, whose classes are not those of the worker.
   */
  static readonly [PROVIDER] = true

  /** Set before {@link setup} is called. */
  declare readonly context: ProviderContext

  /** Prepare what {@link start} needs; other providers may not be ready yet. */
  setup?(): void | Promise<void>
  /** Connect; every provider of the thread has been set up. */
  start?(): void | Promise<void>
  /** Let go in good order. Called once, after the last run. */
  stop?(): void | Promise<void>
  /** What is injected. Called once per service instance, after every provider has started. */
  abstract get(): Value
}

/** What `@inject` takes: a provider class; further arguments of `@inject` go to its constructor. */
export type ProviderClass<Value = unknown> = new (...args: never[]) => DependencyProvider<Value>

export function isProviderClass(token: unknown): token is ProviderClass {
  return typeof token === 'function' && (token as { [PROVIDER]?: unknown })[PROVIDER] === true
}
