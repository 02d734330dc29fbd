import { type Logger, symbols } from 'pino'

/** What pino needs to be told of a line by the stream it is written to, when the stream asks (multistream does). */
const METADATA = Symbol.for('pino.metadata')

interface PinoStream {
  [METADATA]?: boolean
  lastLevel?: number
  write(line: string): void
}

/** Writes a line that a worker thread has serialised already to where a logger writes. */
export function forwardLine(logger: Logger, line: string, level: number): void {
  const stream = (logger as unknown as Record<symbol, PinoStream>)[symbols.streamSym]
  if (!stream) return
  if (stream[METADATA]) stream.lastLevel = level
  stream.write(line)
}
