import { html, type VNode } from 'htm/preact/standalone'
import type { Problem, Status } from '../../api/schemas.js'
import type { Filter } from '../model/address.js'
import { LevelSign } from './level.js'
import { linkedText } from './linked-text.js'
import { Moment } from './moment.js'

export interface VerdictProps {
  readonly status: Status
  readonly filter: Filter
  readonly now: number
}

/** Problems that are listed before the rest is folded. */
const SHOWN = 5

/** The sentence that says whether all is well, else what is wrong since when, and all problems, worst first. */
export function VerdictView({ status: { verdict }, filter, now }: VerdictProps): VNode {
  const rest = verdict.problems.slice(SHOWN)
  return html`<section class=${`verdict level-${verdict.level}`} aria-label="Verdict">
    <h1 role="status">
      <${LevelSign} level=${verdict.level} />
      <span class="said"><span>${verdict.text}</span>
      ${verdict.since !== undefined && html`<small>since <${Moment} at=${verdict.since} now=${now} isFull=${true} /></small>`}</span>
    </h1>
    ${verdict.problems.length > 0 && problemList(verdict.problems.slice(0, SHOWN), filter, now)}
    ${
      rest.length > 0 &&
      html`<details>
        <summary>${rest.length} more</summary>
        ${problemList(rest, filter, now)}
      </details>`
    }
  </section>`
}

function problemList(problems: readonly Problem[], filter: Filter, now: number): VNode {
  return html`<ul class="problems">
    ${problems.map(
      ({ level, text, since, entrypoint }) => html`<li>
        <${LevelSign} level=${level} />
        <span>
          ${linkedText(text, entrypoint, filter)}${' '}
          ${since !== undefined && html`<small>since <${Moment} at=${since} now=${now} /></small>`}
        </span>
      </li>`,
    )}
  </ul>`
}
