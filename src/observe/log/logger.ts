import { type LevelWithSilent, type Logger, pino } from 'pino'
import { prettyStream, type TextSink } from './pretty-stream.js'
import { standardOutput } from './standard-output.js'

export interface LoggerOptions {
  /** Default: info. */
  readonly level?: LevelWithSilent
  /** Text for people instead of JSON lines; `auto` chooses text when the destination is a terminal. Default: auto. */
  readonly pretty?: boolean | 'auto'
  /** Default: standard output. */
  readonly destination?: TextSink
}

/** The supervisor's own logger. */
export function createLogger({
  level = 'info',
  pretty = 'auto',
  destination = standardOutput(),
}: LoggerOptions = {}): Logger {
  const isPretty = pretty === 'auto' ? destination.isTTY === true : pretty
  return pino({ level }, isPretty ? prettyStream(destination) : destination)
}
