import { html, type VNode } from 'htm/preact/standalone'
import type { Tick } from '../../../api/schemas.js'
import { type Filter, linkTo } from '../../model/address.js'
import { runBar, TIMELINE_WIDTH, timelineSpanMs } from '../../model/timeline.js'
import { amount, momentText, plainWord, relativeText, spanText } from '../../model/words.js'
import { LogLines, Stack } from './error-text.js'

export interface TicksProps {
  readonly title: string
  /** Newest first. */
  readonly ticks: readonly Tick[]
  readonly timeoutMs: number | undefined
  /** Due moment of the tick to point at, as ISO text. */
  readonly pointed: string | undefined
  readonly filter: Filter
  readonly now: number
}

/** Ticks that are listed. */
const SHOWN = 50

/** A table of ticks. The bar of a run shows when it was due, when it started, its time-out, and when it ended, on one scale. */
export function Ticks({ title, ticks, pointed, ...rest }: TicksProps): VNode {
  const isPointed = (tick: Tick) => new Date(tick.dueAt).toISOString() === pointed
  const shown = ticks.filter((tick, index) => index < SHOWN || isPointed(tick))
  const spanMs = timelineSpanMs(shown)
  return html`<section class="panel" aria-label=${title}>
    <h2>${title}</h2>
    ${shown.length === 0 && html`<p class="none">There is none.</p>`}
    ${
      shown.length > 0 &&
      html`<table class="tick-table" role="table" aria-label=${title}>
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">Due</th>
            <th role="columnheader" scope="col">What became of it</th>
            <th role="columnheader" scope="col">Timeline of ${spanText(spanMs)}</th>
            <th role="columnheader" scope="col">Late</th>
            <th role="columnheader" scope="col">Ran for</th>
            <th role="columnheader" scope="col">Thread</th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${shown.map((tick) => tickRow(tick, spanMs, isPointed(tick), rest))}
        </tbody>
      </table>`
    }
  </section>`
}

type RowProps = Pick<TicksProps, 'timeoutMs' | 'filter' | 'now'>

function tickRow(tick: Tick, spanMs: number, isPointed: boolean, { timeoutMs, filter, now }: RowProps): VNode {
  const { entrypoint, dueAt, latenessMs, durationMs, threadId, error, lines } = tick
  const due = new Date(dueAt).toISOString()
  return html`<tr key=${tick.id} role="row" class=${isPointed ? 'pointed' : ''} aria-current=${isPointed ? 'true' : 'false'}>
    <td role="cell" data-head="Due">
      <a href=${linkTo({ entrypoint, tick: due, filter })}><time datetime=${due}>${momentText(dueAt)}</time></a>
      ${' '}<small>${relativeText(dueAt, now)}</small>
    </td>
    <td role="cell">
      <span class=${`chip end-${chipOf(tick)}`}></span>
      ${whatBecame(tick)}
      ${error && html`<details><summary>${error.name}: ${error.message}</summary><${Stack} error=${error} /></details>`}
      ${lines && lines.length > 0 && html`<details><summary>last log lines</summary><${LogLines} lines=${lines} /></details>`}
    </td>
    <td role="cell" class="bar">${timelineBar(tick, spanMs, timeoutMs)}</td>
    <td role="cell" data-head="Late" class="number">${latenessMs === undefined ? '' : spanText(latenessMs)}</td>
    <td role="cell" data-head="Ran for" class="number">${durationMs === undefined ? '' : spanText(durationMs)}</td>
    <td role="cell" data-head="Thread" class="number">${threadId ?? ''}</td>
  </tr>`
}

function chipOf({ decision, outcome, reason }: Tick): string {
  return decision === 'run' || decision === 'skipped' ? (outcome ?? reason ?? 'unknown') : decision
}

function whatBecame({ decision, returned, reason, outcome, cause, count, attempts, sequence }: Tick): string {
  const what =
    decision === 'skipped'
      ? `${count > 1 ? amount(count, 'tick') : ''} skipped: ${plainWord(reason ?? 'unknown')}`
      : decision === 'handed_over'
        ? `${count > 1 ? amount(count, 'tick') : ''} handed over to the queue`
        : decision === 'returned'
          ? `returned to the queue: ${plainWord(returned ?? 'unknown')}`
          : plainWord(outcome ?? 'running')
  const details = [
    cause && `cause: ${plainWord(cause)}`,
    attempts !== undefined && attempts > 1 && amount(attempts, 'attempt'),
    sequence < 0 && 'triggered by hand',
  ].filter(Boolean)
  return [what.trim(), ...details].join(', ')
}

function timelineBar(tick: Tick, spanMs: number, timeoutMs: number | undefined): VNode | string {
  const bar = runBar(tick, spanMs, timeoutMs)
  if (!bar) return ''
  const { start, end, timeout } = bar
  const words = [
    `due at 0, started after ${spanText(tick.latenessMs ?? 0)}`,
    timeout !== undefined && timeoutMs !== undefined && `time-out ${spanText(timeoutMs)} later`,
    tick.durationMs !== undefined && `${plainWord(tick.outcome ?? 'ended')} after ${spanText(tick.durationMs)}`,
  ]
  return html`<svg
    class="timeline"
    role="img"
    aria-label=${words.filter(Boolean).join(', ')}
    viewBox=${`0 0 ${TIMELINE_WIDTH} 10`}
    preserveAspectRatio="none"
  >
    <title>${words.filter(Boolean).join(', ')}</title>
    <path class="due" d="M0 0h.6v10h-.6z" />
    <path class="waiting" d=${`M0 4.5h${start}v1h-${start}z`} />
    <path class=${`end-${tick.outcome ?? 'unknown'}`} d=${`M${start} 1h${Math.max(end - start, 0.6)}v8h-${Math.max(end - start, 0.6)}z`} />
    ${timeout !== undefined && html`<path class="timeout" d=${`M${timeout} 0h.8v10h-.8z`} />`}
  </svg>`
}
