import type { Member } from '../ports.js'

/** Members in the one order all instances agree on: of code units, whatever the locale. */
export function byId(members: readonly Member[]): readonly Member[] {
  return [...members].sort((one, other) => (one.id < other.id ? -1 : one.id > other.id ? 1 : 0))
}
