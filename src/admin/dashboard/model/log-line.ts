/** A log line of a run in words. */
import { momentText } from './words.js'

const LEVELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
}
/** Known from the page around the line, or of no use to a reader. */
const LEFT_OUT = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'name', 'service', 'entrypoint', 'tick', 'thread'])

export interface LogLine {
  /** Empty when the line is not pino's JSON. */
  readonly time: string
  readonly level: string
  readonly text: string
}

/** Reads pino's JSON. Text that is something else stays as it is. */
export function parseLogLine(line: string, zone?: string): LogLine {
  const fields = parse(line)
  if (!fields) return { time: '', level: '', text: line }
  const { level, time, msg } = fields
  const rest = Object.entries(fields).filter(([name]) => !LEFT_OUT.has(name))
  const details = rest.map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return {
    time: typeof time === 'number' ? momentText(time, zone) : '',
    level: LEVELS[Number(level)] ?? String(level ?? ''),
    text: [msg === undefined ? '' : String(msg), ...details].filter(Boolean).join('  '),
  }
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
