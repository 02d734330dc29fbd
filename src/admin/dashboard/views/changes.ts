import { html, type VNode } from 'htm/preact/standalone'
import type { Change } from '../../api/schemas.js'
import type { Filter } from '../model/address.js'
import { LevelSign } from './level.js'
import { linkedText } from './linked-text.js'
import { Moment } from './moment.js'

export interface ChangesProps {
  /** Newest first. */
  readonly changes: readonly Change[]
  readonly filter: Filter
  readonly now: number
}

/** Changes that are listed before the rest is folded. */
const SHOWN = 12

export function Changes({ changes, filter, now }: ChangesProps): VNode {
  const rest = changes.slice(SHOWN)
  return html`<section class="panel changes" aria-label="What changed">
    <h2>What changed</h2>
    ${changes.length === 0 && html`<p class="none">Nothing has changed.</p>`}
    ${changeList(changes.slice(0, SHOWN), filter, now)}
    ${
      rest.length > 0 &&
      html`<details>
        <summary>${rest.length} earlier</summary>
        ${changeList(rest, filter, now)}
      </details>`
    }
  </section>`
}

function changeList(changes: readonly Change[], filter: Filter, now: number): VNode {
  return html`<ul class="lines">
    ${changes.map(
      ({ at, kind, level, text, entrypoint, by }) => html`<li>
        <${LevelSign} level=${level} />
        <${Moment} at=${at} now=${now} />
        <span class="kind">${kind}</span>
        <span>${linkedText(text, entrypoint, filter)}</span>
        ${by && html`<small>by ${by}</small>`}
      </li>`,
    )}
  </ul>`
}
