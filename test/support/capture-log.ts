import { type Logger, pino } from 'pino'

export type LogRecord = Record<string, unknown> & { readonly msg?: string; readonly level: number }

/** A logger whose records a test can read and await. */
export class CapturedLog {
  readonly records: LogRecord[] = []
  readonly logger: Logger
  readonly #waiters = new Set<(record: LogRecord) => void>()

  constructor(level = 'debug') {
    this.logger = pino({ level }, { write: (line) => this.#take(JSON.parse(line)) })
  }

  matching(part: Partial<LogRecord>): LogRecord[] {
    return this.records.filter((record) => matches(record, part))
  }

  /** Waits for the n-th record (from 1) that has all of these fields. */
  nth(count: number, part: Partial<LogRecord>): Promise<LogRecord> {
    const found = this.matching(part)
    if (found.length >= count) return Promise.resolve(found[count - 1]!)
    return new Promise((resolve) => {
      let missing = count - found.length
      const waiter = (record: LogRecord) => {
        if (!matches(record, part) || --missing > 0) return
        this.#waiters.delete(waiter)
        resolve(record)
      }
      this.#waiters.add(waiter)
    })
  }

  next(part: Partial<LogRecord>): Promise<LogRecord> {
    return this.nth(this.matching(part).length + 1, part)
  }

  #take(record: LogRecord): void {
    this.records.push(record)
    for (const waiter of this.#waiters) waiter(record)
  }
}

function matches(record: LogRecord, part: Partial<LogRecord>): boolean {
  return Object.entries(part).every(([key, value]) => record[key] === value)
}
