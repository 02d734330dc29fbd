/**
 * Writes whole lines to one file descriptor without waiting for whoever reads it.
 *
 *     idle -- line --> writing -- nothing is left --> idle
 *                        |  ^
 *           no room now  |  |  a moment later
 *                        v  |
 *                       blocked
 *
 * 1. Bytes are written in the order of their lines, and a line is never mixed with another: what is left of a line that was written
 *    in part is written next.
 * 2. No failure is thrown. A full pipe and a full disk are tried again; what cannot be tried again drops the lines that wait.
 * 3. Each line is settled once: when its last byte is written, or when it is dropped, with a reason.
 * 4. At most {@link StreamWriterOptions.mostBytes} wait, and always at least one line.
 */
import type { Obstacle, OutputDropReason } from '../../kernel/output/output-memory.js'
import { type Micros, microsFromMillis } from '../../kernel/time.js'

export interface WaitingLine {
  readonly bytes: Uint8Array
  /** Called once, when the line is written or dropped. */
  readonly settle: () => void
}

export interface StreamWriterOptions {
  /** Writes some of the bytes and returns how many, or throws an error with a code of the system. */
  readonly write: (bytes: Uint8Array) => number
  readonly onDropped: (reason: OutputDropReason) => void
  /** Called when something keeps it from writing, and with `none` when it can write again. */
  readonly onObstacle: (obstacle: Obstacle) => void
  /** Called when a line has been written in part, and when it has been completed. */
  readonly onCut: (isCut: boolean) => void
  /** The last bytes that were written, by an earlier admin thread, are a part of a line. */
  readonly isCut: boolean
  /** Called when nothing is left to be written. */
  readonly onIdle: () => void
  /** Calls back after a span. */
  readonly after: (span: Micros, callback: () => void) => void
  /** Calls back in the next turn of the event loop. */
  readonly nextTurn: (callback: () => void) => void
  /** How much may wait. */
  readonly mostBytes: number
}

const OBSTACLES: Readonly<Record<string, 'slow_reader' | 'no_space'>> = {
  EAGAIN: 'slow_reader',
  EWOULDBLOCK: 'slow_reader',
  EINTR: 'slow_reader',
  ENOSPC: 'no_space',
  EDQUOT: 'no_space',
}

/** Lines that are written together. Unit: bytes. */
const BATCH = 65_536
/** What is written in one turn of the event loop. Unit: bytes. */
const MOST_IN_TURN = 16 * BATCH
const FIRST_RETRY: Micros = microsFromMillis(1)
const LAST_RETRY: Micros = microsFromMillis(250)
const LINE_END = new Uint8Array([10])
/** Stands where a line was that is written, until the array is cut: the line's bytes are free. */
const WRITTEN: WaitingLine = { bytes: new Uint8Array(0), settle() {} }

export class StreamWriter {
  readonly #options: StreamWriterOptions
  #state: 'idle' | 'writing' | 'blocked' = 'idle'
  #lines: WaitingLine[] = []
  /** Position of the first line that is not written whole. */
  #first = 0
  /** How many bytes of that line are written. */
  #written = 0
  #waitingBytes = 0
  #retryIn: Micros = FIRST_RETRY
  #obstacle: Obstacle = 'none'
  /** What was cut off will not be written: the next line begins with a line end. */
  #isTorn: boolean
  #isCut: boolean

  constructor(options: StreamWriterOptions) {
    this.#options = options
    this.#isCut = options.isCut
    this.#isTorn = options.isCut
  }

  get isIdle(): boolean {
    return this.#state === 'idle'
  }

  add(line: WaitingLine): void {
    const { mostBytes, nextTurn } = this.#options
    if (this.#waitingBytes > 0 && this.#waitingBytes + line.bytes.length > mostBytes) {
      this.#drop(line, this.#obstacle === 'none' ? 'slow_reader' : this.#obstacle)
      return
    }
    this.#lines.push(line)
    this.#waitingBytes += line.bytes.length
    if (this.#state !== 'idle') return
    this.#state = 'writing'
    nextTurn(() => this.#turn())
  }

  /** Writes what can be written now. */
  flush(): void {
    if (this.#lines.length > 0) this.#writeSome(Number.POSITIVE_INFINITY)
  }

  #turn(): void {
    this.#state = 'writing'
    this.#writeSome(MOST_IN_TURN)
    // A flush may have come first.
    if (this.#lines.length === 0) {
      this.#state = 'idle'
      this.#options.onIdle()
    } else if (this.#obstacle === 'none') this.#options.nextTurn(() => this.#turn())
    else {
      this.#state = 'blocked'
      this.#options.after(this.#retryIn, () => this.#turn())
      this.#retryIn = Math.min(this.#retryIn * 2, LAST_RETRY)
    }
  }

  #writeSome(mostBytes: number): void {
    for (let left = mostBytes; left > 0 && this.#lines.length > 0; ) {
      const batch = this.#nextBatch()
      try {
        if (this.#isTorn) this.#write(LINE_END)
        this.#isTorn = false
        const count = this.#write(batch)
        left -= count
        this.#settle(count)
        this.#setCut(this.#written > 0)
        this.#setObstacle('none')
      } catch (error) {
        const obstacle = OBSTACLES[(error as NodeJS.ErrnoException).code ?? '']
        if (obstacle) {
          this.#setObstacle(obstacle)
          return
        }
        this.#dropAll()
      }
    }
  }

  /** Returns how many bytes were written: at least one. */
  #write(bytes: Uint8Array): number {
    const count = this.#options.write(bytes)
    if (count > 0) return count
    throw Object.assign(new Error('nothing was written'), { code: 'EAGAIN' })
  }

  #nextBatch(): Uint8Array {
    const first = this.#lines[this.#first]!.bytes.subarray(this.#written)
    let length = first.length
    let end = this.#first + 1
    while (end < this.#lines.length && length + this.#lines[end]!.bytes.length <= BATCH) {
      length += this.#lines[end++]!.bytes.length
    }
    if (end === this.#first + 1) return first
    return Buffer.concat([first, ...this.#lines.slice(this.#first + 1, end).map(({ bytes }) => bytes)], length)
  }

  /** So many bytes were written. */
  #settle(count: number): void {
    this.#waitingBytes -= count
    this.#written += count
    while (this.#first < this.#lines.length && this.#written >= this.#lines[this.#first]!.bytes.length) {
      const line = this.#lines[this.#first]!
      this.#lines[this.#first++] = WRITTEN
      this.#written -= line.bytes.length
      line.settle()
    }
    if (this.#first === this.#lines.length || this.#first >= 1_024) this.#forgetWritten()
  }

  #forgetWritten(): void {
    this.#lines = this.#lines.slice(this.#first)
    this.#first = 0
  }

  #setCut(isCut: boolean): void {
    if (isCut === this.#isCut) return
    this.#isCut = isCut
    this.#options.onCut(isCut)
  }

  #setObstacle(obstacle: Obstacle): void {
    if (obstacle === 'none') this.#retryIn = FIRST_RETRY
    if (obstacle === this.#obstacle) return
    this.#obstacle = obstacle
    this.#options.onObstacle(obstacle)
  }

  /** The stream is closed. Further lines are tried again: a named pipe may get another reader. */
  #dropAll(): void {
    this.#isTorn = this.#isTorn || this.#written > 0
    const dropped = this.#lines.slice(this.#first)
    this.#lines = []
    this.#first = 0
    this.#written = 0
    this.#waitingBytes = 0
    this.#setObstacle('none')
    for (const line of dropped) this.#drop(line, 'closed')
  }

  #drop(line: WaitingLine, reason: OutputDropReason): void {
    line.settle()
    this.#options.onDropped(reason)
  }
}
