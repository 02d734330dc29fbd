/** Which entrypoints the list shows. */
import type { Entrypoint, Level } from '../../api/schemas.js'
import type { Filter } from './address.js'

const RANK: Readonly<Record<Level, number>> = { ok: 0, warning: 1, critical: 2 }

export type Listed = Pick<Entrypoint, 'id' | 'service' | 'schedule' | 'status'>

export function matches(entrypoint: Listed, { q, service, level }: Filter): boolean {
  if (service && entrypoint.service !== service) return false
  if (level && RANK[entrypoint.status.level] < RANK[level]) return false
  const text = `${entrypoint.id} ${entrypoint.schedule} ${entrypoint.status.text}`.toLowerCase()
  return q
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}

/** How many entrypoints have each level. */
export function countLevels(entrypoints: Iterable<Listed>): Readonly<Record<Level, number>> {
  const counts = { ok: 0, warning: 0, critical: 0 }
  for (const { status } of entrypoints) counts[status.level] += 1
  return counts
}
