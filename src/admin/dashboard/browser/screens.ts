/** What is on the page for a state: the list or one entrypoint, with the tools at the top and what is to be noticed. */
import { type Child, html, type VNode } from 'htm/preact/standalone'
import type { Entrypoint } from '../../api/schemas.js'
import type { Address, Filter } from '../model/address.js'
import { countLevels, matches } from '../model/filter.js'
import { Detail } from '../views/detail/detail.js'
import { entrypointTable } from '../views/entrypoint-row.js'
import { FilterForm } from '../views/filter-form.js'
import { listScreen } from '../views/list.js'
import { Moment } from '../views/moment.js'
import { pageFrame } from '../views/page-frame.js'
import type { Action } from './api.js'
import { Charts } from './charts-component.js'
import { VERBS } from './dialogs.js'
import type { Connection, LiveState } from './live-state.js'
import { EntrypointRow } from './row-component.js'

export interface ScreenActions {
  readonly filter: (filter: Filter) => void
  readonly askToken: () => void
  readonly askControl: (action: Action, entrypoint: string) => void
  readonly help: () => void
  readonly theme: () => void
}

export interface ScreenProps {
  readonly state: LiveState
  readonly address: Address
  readonly now: number
  /** What the last action did; '' for nothing. */
  readonly message: string
  readonly actions: ScreenActions
}

export function screen(props: ScreenProps): Child {
  const { state, message, now } = props
  return pageFrame({
    status: state.status,
    tools: toolsView(props),
    notice: html`<div aria-live="polite">
      ${connectionNotice(state.connection, now)} ${message && html`<p class="notice done">${message}</p>`}
    </div>`,
    content: contentOf(props),
  })
}

function toolsView({ state, actions }: ScreenProps): VNode {
  return html`<div class="tools">
    <span class=${`connection ${state.connection.state}`}>${state.connection.state}</span>
    <button type="button" onClick=${actions.askToken}>${state.status?.canControl ? 'Token ✓' : 'Token'}</button>
    <button type="button" aria-label="Dark or light" title="Dark or light (t)" onClick=${actions.theme}>◐</button>
    <button type="button" aria-label="Keys" title="Keys (?)" onClick=${actions.help}>?</button>
  </div>`
}

function connectionNotice(connection: Connection, now: number): Child {
  if (connection.state === 'stale') {
    return html`<p class="notice stale">
      Stale: ${connection.problem}. This is what was true <${Moment} at=${connection.since} now=${now} />. Trying again.
    </p>`
  }
  return connection.state === 'locked' && html`<p class="notice stale">${connection.problem}</p>`
}

function contentOf(props: ScreenProps): Child {
  const { state, address } = props
  if (!state.status) return html`<p class="none">Waiting for the server.</p>`
  return address.entrypoint === undefined ? list(props, state.status) : detail(props, address.entrypoint)
}

function list({ state, address, now, actions }: ScreenProps, status: NonNullable<LiveState['status']>): Child {
  const { filter } = address
  const { ends, list: rows } = state.rows
  const shown = rows.filter(({ entrypoint }) => matches(entrypoint, filter))
  const counts = countLevels(rows.map(({ entrypoint }) => entrypoint))
  const table = entrypointTable(
    shown.map((row) => {
      const row_props = { ...row, ends, filter, now }
      return html`<${EntrypointRow} key=${row.entrypoint.id} ...${row_props} />`
    }),
  )
  const none = html`<p class="none">No entrypoint matches the filter.</p>`
  const services = state.services.map(({ name }) => name)
  const form = html`<${FilterForm} ...${{ filter, services, counts, onFilter: actions.filter }} />`
  return listScreen({ ...state, status, filter, ends, now, form, table: shown.length > 0 ? table : none })
}

function detail({ state, address, now, actions }: ScreenProps, id: string): Child {
  const { shown, rows, status } = state
  if (shown.state === 'unknown') return html`<p>${shown.problem}. <a href="./">See all entrypoints</a></p>`
  if (shown.state !== 'loaded') return html`<p class="none">Loading ${id}.</p>`
  const { detail } = shown
  const cells = rows.list.find(({ entrypoint }) => entrypoint.id === detail.entrypoint.id)?.cells ?? []
  const controls = status?.canControl && controlButtons(detail.entrypoint, actions)
  const { ticks, changes, entrypoint } = detail
  const charts = html`<${Charts} ...${{ ticks, changes, entrypoint }} key=${id} />`
  return html`<${Detail} ...${{ detail, cells, ends: rows.ends, address, now, controls, charts }} />`
}

function controlButtons({ id, pause, active }: Entrypoint, { askControl }: ScreenActions): VNode {
  const button = (action: Action, isPossible = true) =>
    html`<button type="button" disabled=${!isPossible} onClick=${() => askControl(action, id)}>${VERBS[action]}…</button>`
  return html`<div class="controls" role="group" aria-label="Control">
    ${button('trigger')} ${button(pause ? 'resume' : 'pause')} ${button('abort', active > 0)}
  </div>`
}
