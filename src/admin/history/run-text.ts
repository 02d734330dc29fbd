/** What one run said: its error, and its last log lines. Both are cut to a bounded size. */
import { cutStack, cutText } from '../../kernel/wire-error/cut-text.js'
import type { WireError } from '../../kernel/wire-error/wire-error.js'
import type { ErrorText, RunText } from './history-store.js'

const MOST_LINES = 50
/** Characters of the lines of a run together, of one line, of the message and of the stack of an error. */
const MOST_OF_LINES = 16 * 1_024
const MOST_OF_LINE = 2 * 1_024
const MOST_OF_MESSAGE = 2 * 1_024
const MOST_OF_STACK = 6 * 1_024
/** A string takes one or two bytes for each character, and an object beside it. */
const BYTES_OF_CHARACTER = 2
const BYTES_OF_TEXT = 64
const BYTES_OF_RUN = 256

export class GrowingRunText implements RunText {
  error: ErrorText | undefined
  readonly lines: string[] = []
  #characters = 0

  /** Adds a line, and returns how many older ones it has displaced. */
  addLine(line: string): number {
    const cut = cutText(line.replace(/\r?\n$/, ''), MOST_OF_LINE)
    this.lines.push(cut)
    this.#characters += cut.length
    let displaced = 0
    while (this.lines.length > MOST_LINES || this.#characters > MOST_OF_LINES) {
      this.#characters -= this.lines.shift()!.length
      displaced++
    }
    return displaced
  }

  /** Copies the lines, so that they do not keep the longer texts alive that they were cut from. Call it before they are kept. */
  settle(): void {
    for (const [index, line] of this.lines.entries()) this.lines[index] = copyOf(line)
  }

  /** The memory that it takes, estimated from above. */
  get bytes(): number {
    const { error, lines } = this
    const ofError = error ? error.name.length + error.message.length + (error.stack?.length ?? 0) : 0
    return (
      (ofError + this.#characters) * BYTES_OF_CHARACTER +
      (lines.length + (error ? 4 : 0)) * BYTES_OF_TEXT +
      BYTES_OF_RUN
    )
  }
}

export function errorTextOf(error: WireError): ErrorText {
  const stack = stackOf(error)
  return {
    name: error.name,
    message: copyOf(cutText(error.message, MOST_OF_MESSAGE)),
    ...(stack !== '' && { stack: copyOf(cutStack(stack, MOST_OF_STACK)) }),
    ...(error.code !== undefined && { code: String(error.code) }),
  }
}

/** A part of a string keeps the whole string in memory; a copy does not. */
function copyOf(text: string): string {
  return Buffer.from(text).toString()
}

/** The stack of an error and those of its causes. */
function stackOf({ name, message, stack, cause }: WireError): string {
  const own = stack ?? ''
  if (!cause) return own
  const below = stackOf(cause)
  return `${own === '' ? `${name}: ${message}` : own}\nCaused by: ${below === '' ? `${cause.name}: ${cause.message}` : below}`
}
