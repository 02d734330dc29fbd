/**
 * The page at `/`, as the server sends it: a whole dashboard of this moment that needs no JavaScript. With JavaScript the browser
 * draws the same views again, and keeps them up to date.
 */
import { type Child, html } from 'htm/preact/standalone'
import type { Change, EntrypointDetail, Entrypoints, Lease, Members, Service, Status, Thread } from '../api/schemas.js'
import { type Address, parseAddress } from './model/address.js'
import { countLevels, matches } from './model/filter.js'
import { renderToString } from './render-to-string.js'
import { Detail } from './views/detail/detail.js'
import { entrypointCells, entrypointTable } from './views/entrypoint-row.js'
import { FilterForm } from './views/filter-form.js'
import { listScreen } from './views/list.js'
import { pageFrame } from './views/page-frame.js'

/**
 * What the page loads, to be served below `assets/`.
 *
 */
export const ASSETS_FOLDER = new URL('assets/', import.meta.url)

/** Nothing from elsewhere, no inline script, no inline style. */
export const CONTENT_SECURITY_POLICY =
  "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"

export interface PageViews {
  /** What the URL asks for: `pageAddress(query)`. */
  readonly address: Address
  readonly status: Status
  /** All entrypoints, with strips. */
  readonly entrypoints: Entrypoints
  readonly services: readonly Service[]
  readonly threads: readonly Thread[]
  readonly leases: readonly Lease[]
  readonly members: readonly Members[]
  /** Newest first. */
  readonly changes: readonly Change[]
  /** Of `address.entrypoint`, when there is such an entrypoint. */
  readonly detail?: EntrypointDetail
}

/** Reads the query of the URL. What it does not understand it ignores. */
export function pageAddress(query: URLSearchParams): Address {
  return parseAddress(query)
}

/**
 * The whole page as HTML text.
 * @param views undefined for a reader who has not shown a token that is needed: the page then only asks for it
 */
export function page(views: PageViews | undefined): string {
  const body = views ? pageFrame({ status: views.status, content: contentOf(views), notice: NO_SCRIPT }) : LOCKED
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Escapement</title>
<link rel="icon" href="assets/icon.svg">
<link rel="stylesheet" href="assets/style.css">
<script type="module" src="assets/app.js"></script>
</head>
<body>
<div id="app">${renderToString(body)}</div>
</body>
</html>
`
}

const NO_SCRIPT = html`<noscript><p class="notice">
  JavaScript is off: this page shows the moment at which it was loaded. <a href="">Load it again</a> for newer numbers.
</p></noscript>`

const LOCKED = pageFrame({
  status: undefined,
  content: html`<p>This server shows its data only to those who have its token.</p>
    <noscript><p>
      The page needs JavaScript to ask for the token. Without it, read the API: send the token as
      <code>Authorization: Bearer ...</code> to <code>/api/status</code> and <code>/api/entrypoints</code>.
    </p></noscript>`,
})

function contentOf(views: PageViews): Child {
  const { address, detail, status } = views
  const { ends } = views.entrypoints
  const { at: now } = status
  if (detail) return html`<${Detail} ...${{ detail, ends, address, now, cells: detail.entrypoint.strip ?? [] }} />`
  if (address.entrypoint) {
    return html`<p>There is no entrypoint ${address.entrypoint}. <a href="./">See all entrypoints</a></p>`
  }
  const { filter } = address
  const all = views.entrypoints.entrypoints
  const services = views.services.map(({ name }) => name)
  const form = html`<${FilterForm} filter=${filter} services=${services} counts=${countLevels(all)} />`
  const rows = all
    .filter((entrypoint) => matches(entrypoint, filter))
    .map(
      (entrypoint) => html`<tr role="row" class=${`row-${entrypoint.status.level}`}>
        ${entrypointCells({ entrypoint, cells: entrypoint.strip ?? [], ends, filter, now })}
      </tr>`,
    )
  return listScreen({ ...views, filter, ends, now, form, table: entrypointTable(rows) })
}
