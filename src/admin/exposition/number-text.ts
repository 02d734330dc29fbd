/** Writes numbers as bytes, as prom-client writes them. A count, which most values are, is written without making a string. */

/** The length of the longest text of a number, such as `-0.0000012345678901234567`. Unit: bytes. */
export const LONGEST_NUMBER = 25

const ZERO = 48

/** Writes the text of a number to the beginning of `into`; returns its length. */
export function writeNumber(value: number, into: Uint8Array): number {
  if (value >= 0 && value === (value | 0)) return writeCount(value, into)
  const text = textOf(value)
  for (let at = 0; at < text.length; at++) into[at] = text.charCodeAt(at)
  return text.length
}

/** Writes a whole number from 0 to 2^31 - 1. Returns its length. */
function writeCount(value: number, into: Uint8Array): number {
  let length = 1
  for (let rest = value; rest >= 10; rest = (rest / 10) | 0) length++
  let rest = value | 0
  for (let at = length - 1; at >= 0; at--) {
    const tens = (rest / 10) | 0
    into[at] = ZERO + rest - tens * 10
    rest = tens
  }
  return length
}

function textOf(value: number): string {
  // As prom-client writes it. Prometheus accepts it in upper and lower case.
  if (Number.isNaN(value)) return 'Nan'
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  return String(value)
}
