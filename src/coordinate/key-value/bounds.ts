/** What keys, values and fences every key-value store accepts. */
import { show } from '../../kernel/suggest.js'
import type { WriteCondition } from './key-value.js'

const MOST_KEY_BYTES = 512
const MOST_VALUE_BYTES = 4_096
export const HIGHEST_FENCE = 2n ** 63n - 1n

/** The first part of a key or of a prefix. */
const SPACE = /^([A-Za-z0-9_-]{1,32})\//

/** Half of a surrogate pair: such text has no UTF-8. */
const HALF_PAIR = /\p{Surrogate}/u

/** @throws RangeError when it is no key. */
export function requireKey(key: string): void {
  if (spaceOf(key).length + 1 === key.length) throw new RangeError(`the key ${show(key)} has no name after its space`)
}

/** @throws RangeError when it is no value. */
export function requireValue(value: string): void {
  const bytes = Buffer.byteLength(value)
  if (bytes > MOST_VALUE_BYTES) {
    throw new RangeError(`a value has at most ${MOST_VALUE_BYTES} bytes in UTF-8, got one of ${bytes}`)
  }
  if (value.includes('\0') || HALF_PAIR.test(value)) {
    throw new RangeError('a value is well-formed text without the character U+0000')
  }
}

/** @throws RangeError when the fence or the version is none. */
export function requireCondition({ ifVersion, fence }: WriteCondition): void {
  if (fence !== undefined && (fence < 1n || fence > HIGHEST_FENCE)) {
    throw new RangeError(`a fence is an epoch from 1 to 2^63 - 1, got ${fence}`)
  }
  if (ifVersion !== undefined && !(/^\d{1,19}$/.test(ifVersion) && BigInt(ifVersion) <= HIGHEST_FENCE)) {
    throw new RangeError(`ifVersion is a version of a record, got ${show(ifVersion)}`)
  }
}

/** The space of a key or of a prefix. @throws RangeError when it has none, is too long, or has a control character. */
export function spaceOf(key: string): string {
  const space = SPACE.exec(key)?.[1]
  const bytes = Buffer.byteLength(key)
  if (space === undefined || bytes > MOST_KEY_BYTES || hasControlCharacter(key) || HALF_PAIR.test(key)) {
    throw new RangeError(
      `a key is "space/name", at most ${MOST_KEY_BYTES} bytes in UTF-8 and without control characters, got ${show(key)} (${bytes} bytes)`,
    )
  }
  return space
}

function hasControlCharacter(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) < 0x20) return true
  return false
}
