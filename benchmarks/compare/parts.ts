/** The parts of the comparison, in the order of the page. */
import type { Part } from './part.js'
import { dispatch } from './parts/dispatch.js'
import { growth } from './parts/growth.js'
import { recovery } from './parts/recovery.js'
import { wheel } from './parts/wheel.js'

export const PARTS: Readonly<Record<string, Part>> = { dispatch, wheel, recovery, growth }

/** The names of the parts that `--only TEXT` means: that part, or those whose names begin with the text and a hyphen. */
export function partsNamed(text: string | undefined): string[] {
  const names = Object.keys(PARTS)
  return text === undefined ? names : names.filter((name) => name === text || name.startsWith(`${text}-`))
}
