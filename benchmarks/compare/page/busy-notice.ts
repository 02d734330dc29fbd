/** Says so when other programs ran beside a part. */
import type { PartResult } from '../results.js'

/** A load average above this at the start of a part means that other programs ran beside it. */
const QUIET_LOAD = 1.5

/** Empty when the machine was quiet. */
export function busyNotice({ loadAtStart }: Pick<PartResult, 'loadAtStart'>): string[] {
  return loadAtStart > QUIET_LOAD
    ? ['**Other programs ran at the same time**: on a quiet machine the figures of all contenders are lower.']
    : []
}
