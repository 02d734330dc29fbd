import { html, type VNode } from 'htm/preact/standalone'
import { momentText, relativeText } from '../model/words.js'

export interface MomentProps {
  /** Milliseconds since the epoch; undefined when it never came. */
  readonly at: number | undefined
  readonly now: number
  /** What to say instead of a moment that never came. Default: `never`. */
  readonly never?: string
  /** Shows the absolute time as text too, instead of as a tooltip only. */
  readonly isFull?: boolean
  /** A moment that comes again: once it has passed, the next one is asked for soon, and until then it is `now`. */
  readonly isNext?: boolean
}

/** A moment, relative to now. In the browser a ticker keeps its text up to date (`browser/relative-times.ts`). */
export function Moment({ at, now, never = 'never', isFull = false, isNext = false }: MomentProps): VNode {
  if (at === undefined) return html`<span class="never">${never}</span>`
  const absolute = momentText(at)
  const kind = isNext ? 'next' : 'any'
  const relative = html`<time
    datetime=${new Date(at).toISOString()}
    data-at=${at}
    data-kind=${kind}
    title=${absolute}
    >${relativeText(isNext ? Math.max(at, now) : at, now)}</time
  >`
  return isFull ? html`<span class="moment">${relative} <small>${absolute}</small></span>` : relative
}
