import { type Child, html, type VNode } from 'htm/preact/standalone'
import type { Cell, EntrypointDetail } from '../../../api/schemas.js'
import { type Address, linkTo } from '../../model/address.js'
import { spanText } from '../../model/words.js'
import { Changes } from '../changes.js'
import { LevelSign } from '../level.js'
import { Moment } from '../moment.js'
import { Strip } from '../strip.js'
import { Errors } from './errors.js'
import { Ledger } from './ledger.js'
import { Options } from './options.js'
import { Ticks } from './ticks.js'
import { WhyView } from './why.js'

export interface DetailProps {
  readonly detail: EntrypointDetail
  readonly cells: readonly Cell[]
  readonly ends: readonly string[]
  readonly address: Address
  readonly now: number
  /** Buttons; the browser gives them when it has a token. */
  readonly controls?: Child
  /** Charts of lateness and duration; only the browser draws them. */
  readonly charts?: Child
}

/** Everything about one entrypoint. */
export function Detail({ detail, cells, ends, address, now, controls, charts }: DetailProps): VNode {
  const { entrypoint, ticks, problems, errors, why, options, changes } = detail
  const { filter, tick } = address
  const table = { timeoutMs: entrypoint.timeoutMs, pointed: tick, filter, now }
  return html`<article class="detail" aria-labelledby="entrypoint">
    <p class="back"><a href=${linkTo({ filter })}>All entrypoints</a></p>
    <header>
      <h1 id="entrypoint"><${LevelSign} level=${entrypoint.status.level} /> ${entrypoint.id}</h1>
      <p>
        <span class=${`text-${entrypoint.status.level}`}>${entrypoint.status.text}</span>
        ${' '}${entrypoint.status.since !== undefined && html`<small>since <${Moment} at=${entrypoint.status.since} now=${now} isFull=${true} /></small>`}
      </p>
      ${pauseNote(detail, now)} ${controls}
    </header>
    <${Strip} id=${entrypoint.id} cells=${cells} ends=${ends} />
    ${facts(detail, now)}
    <${WhyView} why=${why} />
    <${Errors} errors=${errors} now=${now} />
    ${charts}
    <${Ticks} ...${{ ...table, title: 'Last ticks', ticks }} />
    <${Ticks} ...${{ ...table, title: 'Runs that did not complete', ticks: problems }} />
    <div class="panels">
      <${Ledger} ledger=${entrypoint.ledger} />
      <${Options} options=${options} />
      <${Changes} changes=${changes} filter=${filter} now=${now} />
    </div>
  </article>`
}

const KEPT = {
  deployment: 'for the whole deployment; it outlives restarts',
  instance: 'on this instance; it outlives restarts',
  process: 'until this process ends',
}

function pauseNote({ entrypoint: { pause } }: EntrypointDetail, now: number): Child {
  if (!pause) return undefined
  return html`<p class="pause-note">
    Paused by <strong>${pause.by}</strong> <${Moment} at=${pause.at} now=${now} isFull=${true} />${pause.reason && html`: “${pause.reason}”`},
    ${' '}${KEPT[pause.kept]}.
  </p>`
}

function facts({ entrypoint }: EntrypointDetail, now: number): VNode {
  const { schedule, lateness, duration, timeoutMs, circuit, consecutiveFailures } = entrypoint
  const moment = (at: number | undefined, never: string) =>
    html`<${Moment} at=${at} now=${now} never=${never} isFull=${true} />`
  const usual = (spans: typeof lateness) =>
    spans ? `${spanText(spans.p50Ms)} / ${spanText(spans.p99Ms)}` : 'no run yet'
  const fact = (name: string, value: Child) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`
  return html`<dl class="facts wide" aria-label="Facts">
    ${fact('schedule', schedule)} ${fact('next due', html`<${Moment} ...${{ at: entrypoint.nextDueAt, now, never: 'not due', isFull: true, isNext: true }} />`)}
    ${fact('last success', moment(entrypoint.lastSuccessAt, 'never'))}
    ${fact('last failure', moment(entrypoint.lastFailureAt, 'never'))}
    ${fact('lateness p50 / p99', usual(lateness))} ${fact('duration p50 / p99', usual(duration))}
    ${fact('time-out', timeoutMs === undefined ? 'none' : spanText(timeoutMs))}
    ${fact('failures in a row', consecutiveFailures)} ${circuit !== 'closed' && fact('circuit', circuit.replace('_', ' '))}
  </dl>`
}
