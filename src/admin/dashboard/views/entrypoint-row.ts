import { html, type VNode } from 'htm/preact/standalone'
import { type Filter, linkTo } from '../model/address.js'
import type { Row } from '../model/rows.js'
import { LevelSign } from './level.js'
import { Moment } from './moment.js'
import { Sparkline } from './sparkline.js'
import { Strip } from './strip.js'

export interface EntrypointCellsProps extends Row {
  readonly ends: readonly string[]
  readonly filter: Filter
  readonly now: number
}

/** Column heads, in the order of the cells below. */
const COLUMNS = [
  'Entrypoint',
  'Last ticks',
  'Lateness p50 / p99',
  'Duration p50 / p99',
  'Next due',
  'Last success',
  'Last failure',
]

/** The cells of one row of the list. Roles are explicit because a narrow page lays the row out as a card. */
export function entrypointCells({ entrypoint, cells, ends, filter, now }: EntrypointCellsProps): VNode {
  const { id, status, schedule, pause, lateness, duration } = entrypoint
  return html`
    <td role="cell" class="name">
      <${LevelSign} level=${status.level} />
      <div>
        <a href=${linkTo({ entrypoint: id, filter })}>${id}</a>
        <small>${schedule}${pause && html` · <strong>paused by ${pause.by}</strong>`}</small>
        <span class=${`text-${status.level}`}>
          ${status.text}${' '}
          ${status.since !== undefined && html`<small>since <${Moment} at=${status.since} now=${now} /></small>`}
        </span>
      </div>
    </td>
    <td role="cell" class="ticks"><${Strip} id=${id} cells=${cells} ends=${ends} /></td>
    <td role="cell" class="sparks" data-head=${COLUMNS[2]}>
      <${Sparkline} name="lateness" values=${cells.map((cell) => cell[3])} usual=${lateness} />
    </td>
    <td role="cell" class="sparks" data-head=${COLUMNS[3]}>
      <${Sparkline} name="duration" values=${cells.map((cell) => cell[4])} usual=${duration} />
    </td>
    <td role="cell" data-head=${COLUMNS[4]}><${Moment} at=${entrypoint.nextDueAt} now=${now} never="not due" isNext=${true} /></td>
    <td role="cell" data-head=${COLUMNS[5]}><${Moment} at=${entrypoint.lastSuccessAt} now=${now} /></td>
    <td role="cell" data-head=${COLUMNS[6]}><${Moment} at=${entrypoint.lastFailureAt} now=${now} /></td>
  `
}

/** The list's table around its rows. */
export function entrypointTable(rows: unknown): VNode {
  return html`<table class="entrypoints" role="table" aria-label="Entrypoints, worst first">
    <thead role="rowgroup">
      <tr role="row">
        ${COLUMNS.map((head) => html`<th role="columnheader" scope="col">${head}</th>`)}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows}
    </tbody>
  </table>`
}
