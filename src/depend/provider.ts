/**
 * Makes a value that can be injected into a service: configuration, a logger, a database client.
 *
 * Providers live in the worker thread. A service that injects a provider several times with the same arguments has one
 * provider object. To write a provider, extend this class; {@link DependencyProvider.get} is the only required method:
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
 * The order of the calls; a provider comes after the providers that it injects:
 *
 *     setup of all -> start of all -> get -> onStart of the service
 *         for each run: beforeRun of all -> the method -> onResult of all -> afterRun of all
 *     onStop of the service -> stop of all, the last one first
 */
import type { Logger as PinoLogger } from 'pino'
import { PROVIDER } from '../kernel/provider-mark.js'
import type { RunContext, RunResult } from '../kernel/run-context.js'
import type { HOST, HostPort } from './host-port.js'

/** The environment of a provider. */
export interface ProviderContext {
  /** Name of the service that the provider is injected into. */
  readonly service: string
  /** The user's configuration. */
  readonly config: Readonly<Record<string, unknown>>
  /** A logger that adds the service's name to every line. */
  readonly log: PinoLogger
  /** Reserved for the providers of this package. */
  readonly [HOST]: HostPort
}

export abstract class DependencyProvider<Value = unknown> {
  static readonly [PROVIDER] = true

  /** Set before {@link setup} is called. */
  declare readonly context: ProviderContext

  /** Prepares what {@link start} needs. Other providers may not be ready yet, not even those that this one injects. */
  setup?(): void | Promise<void>
  /** Connects. Every provider of the service has been set up, and the values that this provider injects are ready. */
  start?(): void | Promise<void>
  /** Returns the value to inject. Called once, after every provider has started. */
  abstract get(): Value
  /** Called before the method. An error fails the run, and the method is not called. */
  beforeRun?(run: RunContext): void | Promise<void>
  /** Called after the method. An error is logged and does not change the result. */
  onResult?(run: RunContext, result: RunResult): void | Promise<void>
  /** Cleans up; the run ends when this has finished. An error is logged and does not change the result. */
  afterRun?(run: RunContext): void | Promise<void>
  /** Closes connections in an orderly way. Called once, after the last run. */
  stop?(): void | Promise<void>
  /** Releases resources when the service failed to start before {@link start} was called. Called instead of {@link stop}. */
  abandon?(): void | Promise<void>
}

/** A provider class as `@inject` takes it; the further arguments of `@inject` are passed to its constructor. */
export type ProviderClass<Value = unknown> = new (...args: never[]) => DependencyProvider<Value>
