/** Standard output and standard error, and the log lines of the admin thread itself. */
import { type Logger, pino } from 'pino'
import { monotonicNow, realTimeout } from '../../kernel/clock.js'
import { OutputMemory } from '../../kernel/output/output-memory.js'
import type { StreamName } from '../../kernel/output/output-protocol.js'
import { millisFromMicros } from '../../kernel/time.js'
import type { AdminSetup } from '../../observe/admin-protocol.js'
import { DropNotice } from './drop-notice.js'
import { EarlyNotes } from './early-notes.js'
import { type OutputStream, openStream } from './open-stream.js'
import { OutputIntake } from './output-intake.js'
import { StreamWriter } from './stream-writer.js'

/** How much of one stream may wait, of all threads together. Unit: bytes. */
const MOST_WAITING = 64 * 2 ** 20

export class StandardStreams {
  readonly intake: OutputIntake
  /** What senders tell of runs. */
  readonly notes: EarlyNotes
  readonly log: Logger
  readonly #writers: Readonly<Record<StreamName, StreamWriter>>
  readonly #notice: DropNotice
  #onIdle = () => {}

  private constructor(
    setup: AdminSetup,
    streams: Readonly<Record<StreamName, OutputStream>>,
    format: (line: string) => string,
  ) {
    const memory = new OutputMemory(setup.outputMemory)
    const writer = (name: StreamName) => {
      memory.setObstacle(name, 'none')
      return new StreamWriter({
        write: (bytes) => streams[name].write(bytes),
        onDropped: (reason) => memory.addDrops(reason),
        onObstacle: (obstacle) => memory.setObstacle(name, obstacle),
        onCut: (isCut) => memory.setCut(name, isCut),
        isCut: memory.isCut(name),
        onIdle: () => {
          if (name === 'stdout') this.#notice.look()
          this.#onIdle()
        },
        after: (span, callback) => void realTimeout(callback, millisFromMicros(span)),
        nextTurn: setImmediate,
        mostBytes: MOST_WAITING,
      })
    }
    const writers = { stdout: writer('stdout'), stderr: writer('stderr') }
    this.#writers = writers
    this.notes = new EarlyNotes(() => memory.addDroppedNote())
    this.intake = new OutputIntake({
      writers,
      format,
      notes: this.notes,
      memory,
      now: monotonicNow(),
      nextTurn: setImmediate,
    })
    this.log = pino(
      { level: setup.logLevel },
      { write: (line) => writers.stdout.add({ bytes: Buffer.from(format(line)), settle() {} }) },
    )
    this.#notice = new DropNotice({
      memory,
      now: monotonicNow(),
      say: (dropped) => this.log.warn({ dropped }, 'lines of output were dropped'),
    })
  }

  static async open(setup: AdminSetup): Promise<StandardStreams> {
    const streams = { stdout: openStream('stdout'), stderr: openStream('stderr') }
    const format = streams.stdout.isTTY
      ? (await import('../../observe/log/pretty-line.js')).prettyLine({ isColored: !process.env.NO_COLOR })
      : asItIs
    return new StandardStreams(setup, streams, format)
  }

  /** Writes everything that has been sent; resolves when it is written or the time is over. */
  async end(withinMs: number): Promise<void> {
    this.intake.end()
    for (const writer of Object.values(this.#writers)) writer.flush()
    this.#notice.look({ isLast: true })
    await new Promise<void>((resolve) => {
      this.#onIdle = () => {
        if (Object.values(this.#writers).every(({ isIdle }) => isIdle)) resolve()
      }
      this.#onIdle()
      realTimeout(resolve, withinMs)
    })
  }
}

const asItIs = (line: string) => line
