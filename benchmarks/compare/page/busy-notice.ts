/** Says so when other programs ran beside a part. */
import type { PartResult } from '../results.js'

/** More busy cores than this before a part begins mean that other programs ran beside it. */
const QUIET = 0.3

/** Empty when the machine was quiet, or when it is not known. */
export function busyNotice(busyAtStart: PartResult['busyAtStart']): string[] {
  return busyAtStart !== undefined && busyAtStart > QUIET
    ? ['**Other programs ran at the same time**: on a quiet machine the figures of all contenders are lower.']
    : []
}
