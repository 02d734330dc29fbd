import type { Member } from '../ports.js'

/** Sorts members by the UTF-16 code units of their ids, so that the order does not depend on an instance's locale. */
export function sortById(members: readonly Member[]): readonly Member[] {
  return [...members].sort((one, other) => (one.id < other.id ? -1 : one.id > other.id ? 1 : 0))
}
