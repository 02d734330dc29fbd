/** Decides whether a write is refused, given the record that is there. Pure. */
import { NO_VERSION, type StoredValue, type WriteCondition, type WriteRefusal } from './key-value.js'

/** Undefined: it may be carried out. A writer that is fenced off is told that first: it must not try again. */
export function refusalOf(
  { ifVersion, fence = 0n }: WriteCondition,
  found: StoredValue | undefined,
): WriteRefusal | undefined {
  if (found && fence > 0n && found.fence > fence) return { kind: 'fenced', found }
  if (ifVersion !== undefined && ifVersion !== (found?.version ?? NO_VERSION)) return { kind: 'changed', found }
  return undefined
}

/** The fence of the record after a write. */
export function fenceAfter({ fence = 0n }: WriteCondition, found: StoredValue | undefined): bigint {
  return found && found.fence > fence ? found.fence : fence
}
