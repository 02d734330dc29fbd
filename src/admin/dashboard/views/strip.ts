import { html, type VNode } from 'htm/preact/standalone'
import type { Cell } from '../../api/schemas.js'
import { STRIP_CELLS, STRIP_HEIGHT, stripPaths, stripSummary } from '../model/strip.js'

export interface StripProps {
  readonly id: string
  readonly cells: readonly Cell[]
  readonly ends: readonly string[]
}

/** The strip stretches to the width that it gets. The browser shows a tooltip for the cell under the pointer. */
export function Strip({ id, cells, ends }: StripProps): VNode {
  return html`<svg
    class="strip"
    role="img"
    aria-label=${stripSummary(cells, ends)}
    data-entrypoint=${id}
    viewBox=${`0 0 ${STRIP_CELLS} ${STRIP_HEIGHT}`}
    preserveAspectRatio="none"
  >
    ${stripPaths(cells, ends).map(({ end, d }) => html`<path key=${end} class=${`end-${end}`} d=${d} />`)}
  </svg>`
}
