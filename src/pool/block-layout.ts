/** Where everything stands in the memory of a {@link file://./thread-block.ts ThreadBlock}. */

export const GATE = 0
export const LAST_ENTERED = 1
/** In units of 8 bytes: of the words 2 and 3. */
export const HEAP_BYTES = 1
/** The same: of the words 6 and 7. */
export const HEAP_SHARE = 3
export const CALL_INSIDE = 4
export const CALLS_READ = 5
export const HEADER_WORDS = 8

// The numbers of a record, in units of 8 bytes from its beginning.
export const SEQUENCE = 0
export const DUE_MONO = 1
export const DUE_WALL = 2
export const START_BY = 3
export const STARTED_AT = 4
export const ENDED_AT = 5
export const NEXT_INTERVAL = 6
export const REACHED_AT = 7
/** Of tickets only. A whole number of 64 bits: see {@link file://./ticket-holds.ts}. */
export const CALL_BEFORE = 8
const NUMBERS = 9

// The words of a record, in units of 4 bytes from the end of its numbers.
export const PROGRESS = 0
export const ABORT_CAUSE = 1
export const TIMER = 2
export const ATTEMPT = 3
export const GATED = 4
export const ENDING = 5
export const SYNCHRONOUS = 6
export const DELIVERY = 7
const WORDS = 8

/** The length of a record, in units of 8 bytes. */
export const STRIDE = NUMBERS + Math.ceil(WORDS / 2)

export function numberOf(record: number): number {
  return HEADER_WORDS / 2 + record * STRIDE
}

export function wordOf(record: number): number {
  return 2 * (numberOf(record) + NUMBERS)
}
