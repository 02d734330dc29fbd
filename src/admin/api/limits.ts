/** What one caller may take of the admin thread. docs/http-api.md lists the limits. */

/** Of a request. The bodies of control requests are much shorter. Unit: bytes. */
export const BODY_LIMIT = 4_096
/** Until the head of a request is here. Unit: milliseconds. */
export const HEAD_WITHIN_MS = 5_000
/** Until the whole request is here. Unit: milliseconds. */
export const REQUEST_WITHIN_MS = 10_000
/** How often connections are looked at for these two. Unit: milliseconds. */
export const LOOK_EVERY_MS = 1_000
/** A connection without a request is closed after this; longer than Prometheus's usual 15 s between two scrapes. Unit: milliseconds. */
export const IDLE_WITHIN_MS = 20_000
/** A connection on which nothing can be written for so long is closed. Unit: milliseconds. */
export const STALLED_WITHIN_MS = 60_000
export const MOST_CONNECTIONS = 256

/** The id of an entrypoint in a path, before decoding. Unit: characters. */
export const LONGEST_ID = 600

/** Requests of one address. Unit: requests per minute. Health has no limit: an orchestrator restarts what does not answer. */
export const RATES = { read: 1_200, metrics: 1_200, control: 60 } as const
export const RATE_WINDOW_MS = 60_000
/** So many addresses are counted at the same time; the counts of the others are forgotten. */
export const COUNTED_ADDRESSES = 2_000

export const MOST_READERS = 32
/** What may wait in memory for one reader of the event stream. Unit: bytes. */
export const READER_BUFFER = 512 * 1_024
