/**
 * What can be injected into a service: configuration, a logger, a database client, anything with a life of its own.
 *
 * A provider lives in the worker thread, one for each service, however often it is injected there (with other arguments
 * it is another one). Write your own by extending this class; {@link DependencyProvider.get} is the only method you need:
 *
 *     class Mailer extends DependencyProvider<Transport> {
 *       @inject(Config) config!: Config
 *       get() { return createTransport(this.config.get('MAIL_URL')) }
 *     }
 *
 *     class Newsletter {
 *       @inject(Mailer) mail!: Transport
 *     }
 *
 * Its life, in the order in which things happen; what a provider injects itself comes before it:
 *
 *     setup of all -> start of all -> get -> onStart of the service
 *         for each run: beforeRun of all -> the method -> onResult of all -> afterRun of all
 *     onStop of the service -> stop of all, the last one first
 */
import type { Logger as PinoLogger } from 'pino'
import { PROVIDER } from '../kernel/provider-mark.js'
import type { RunContext, RunResult } from '../kernel/run-context.js'
import type { HOST, HostPort } from './host-port.js'

/** What a provider is told about the place it lives in. */
export interface ProviderContext {
  /** Name of the service it is injected into. */
  readonly service: string
  /** The user's configuration. */
  readonly config: Readonly<Record<string, unknown>>
  /** Logs with the service's name. */
  readonly log: PinoLogger
  /** For the providers that come with this package. */
  readonly [HOST]: HostPort
}

export abstract class DependencyProvider<Value = unknown> {
  static readonly [PROVIDER] = true

  /** Set before {@link setup} is called. */
  declare readonly context: ProviderContext

  /** Prepare what {@link start} needs. Other providers, those it injects among them, may not be ready yet. */
  setup?(): void | Promise<void>
  /** Connect. Every provider of the service has been set up, and what this one injects is there. */
  start?(): void | Promise<void>
  /** What is injected. Called once, after every provider has started. */
  abstract get(): Value
  /** A method is about to be called. What it throws fails the run: the method is not called. */
  beforeRun?(run: RunContext): void | Promise<void>
  /** The method has ended. What this throws is logged and changes nothing. */
  onResult?(run: RunContext, result: RunResult): void | Promise<void>
  /** Clean up after the run: it has only ended when this has. What this throws is logged and changes nothing. */
  afterRun?(run: RunContext): void | Promise<void>
  /** Let go in good order. Called once, after the last run. */
  stop?(): void | Promise<void>
  /** Let go at once: the service could not be started. Called instead of {@link stop} when {@link start} was not reached. */
  abandon?(): void | Promise<void>
}

/** What `@inject` takes: a provider class; further arguments of `@inject` go to its constructor. */
export type ProviderClass<Value = unknown> = new (...args: never[]) => DependencyProvider<Value>
