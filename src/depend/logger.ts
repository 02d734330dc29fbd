import type { Logger as PinoLogger } from 'pino'
import { DependencyProvider } from './provider.js'

/**
 * A pino logger that adds the service's name to every line.
 *
 *     @inject(Logger) log!: Logger
 *
 * In a run, `tick.log` also adds the entrypoint and the tick.
 */
export class LoggerProvider extends DependencyProvider<PinoLogger> {
  get(): PinoLogger {
    return this.context.log
  }
}

export const Logger = LoggerProvider
export type Logger = PinoLogger
