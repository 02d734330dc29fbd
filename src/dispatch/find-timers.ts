/** Finds timers by the ids that users give. */
import { UsageError } from '../kernel/errors.js'
import { didYouMean, show } from '../kernel/suggest.js'
import type { Lane, Timer } from './lane.js'

/**
 * Returns the timer with this id, or all timers of the method with this id (`service.method`), in the order of the definition.
 *
 * @throws UsageError (`ERR_NO_TIMER`) when there is none.
 */
export function timersNamed(
  { timers, lanes }: { readonly timers: readonly Timer[]; readonly lanes: readonly Lane[] },
  id: string,
): readonly [Timer, ...Timer[]] {
  const found = lanes.find((lane) => lane.id === id)?.timers ?? timers.filter(({ definition }) => definition.id === id)
  const [first, ...others] = found
  if (first) return [first, ...others]
  const ids = [...new Set([...lanes.map((lane) => lane.id), ...timers.map(({ definition }) => definition.id)])]
  throw new UsageError('ERR_NO_TIMER', `there is no timer ${show(id)}${didYouMean(id, ids)}`)
}
