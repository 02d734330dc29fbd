/** The parts of the comparison, in the order of the page. */
import type { Part } from './part.js'
import { dispatch } from './parts/dispatch.js'
import { growth } from './parts/growth.js'
import { latenessParts } from './parts/lateness.js'
import { recovery } from './parts/recovery.js'
import { wheel } from './parts/wheel.js'

export const PARTS: Readonly<Record<string, Part>> = { ...latenessParts, dispatch, wheel, recovery, growth }

/** What a quick run measures: one part of each kind. */
const QUICK = ['lateness-idle', 'dispatch', 'wheel', 'recovery', 'growth']

/** The parts that `--only TEXT` means: that part, or those whose names begin with the text and a hyphen. Without it, all that are not optional. */
export function partsNamed(text: string | undefined, isQuick: boolean): string[] {
  if (text !== undefined && Object.hasOwn(PARTS, text)) return [text]
  return Object.entries(PARTS).flatMap(([name, { isOptional }]) => {
    const isDefault = isQuick ? QUICK.includes(name) : !isOptional
    const isAsked = text === undefined ? isDefault : name.startsWith(`${text}-`)
    return isAsked ? [name] : []
  })
}
