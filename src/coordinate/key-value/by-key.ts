import type { StoredValue } from './key-value.js'

/** For `sort`: by UTF-16 code units, the same in every store. */
export function byKey({ key }: StoredValue, other: StoredValue): number {
  return key < other.key ? -1 : key > other.key ? 1 : 0
}
