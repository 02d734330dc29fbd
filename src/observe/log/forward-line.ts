import { type Logger, symbols } from 'pino'

/** A stream (such as pino's multistream) that sets this property to true reads `lastLevel` before each write. */
const METADATA = Symbol.for('pino.metadata')

interface PinoStream {
  [METADATA]?: boolean
  lastLevel?: number
  write(line: string): void
}

/** Writes a line that a worker thread has serialised to the stream of a logger. */
export function forwardLine(logger: Logger, line: string, level: number): void {
  const stream = (logger as unknown as Record<symbol, PinoStream>)[symbols.streamSym]
  if (!stream) return
  if (stream[METADATA]) stream.lastLevel = level
  stream.write(line)
}
