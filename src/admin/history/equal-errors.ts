/** Two errors are equal when only numbers, ids and times in their messages differ. */
import type { ErrorText } from './history-store.js'

/** Of a message, that decides. */
const CHARACTERS = 300

const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi
const TIME = /\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?/g
/** At least eight hexadecimal digits, of which one is a decimal digit. */
const HEX = /\b(?=[a-f]*\d)(?:0x)?[0-9a-f]{8,}\b|\b0x[0-9a-f]+\b/gi
const NUMBER = /\d+(?:\.\d+)?/g

/** The same text for equal errors. */
export function kindOfError({ name, message }: ErrorText): string {
  return `${name}: ${normalised(message)}`
}

/** The first line of a message, with marks in place of what differs each time. */
export function normalised(message: string): string {
  return message
    .split('\n', 1)[0]!
    .slice(0, CHARACTERS)
    .replace(UUID, '<id>')
    .replace(TIME, '<time>')
    .replace(HEX, '<id>')
    .replace(NUMBER, '<n>')
}
