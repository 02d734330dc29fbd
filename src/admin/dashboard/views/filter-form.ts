import { html, type VNode } from 'htm/preact/standalone'
import type { Level } from '../../api/schemas.js'
import { type Filter, linkTo } from '../model/address.js'

export interface FilterFormProps {
  readonly filter: Filter
  readonly services: readonly string[]
  /** How many entrypoints have each level, before the filter. */
  readonly counts: Readonly<Record<Level, number>>
  /** Applies a filter at once. Without it the form is sent, and a button says so. */
  readonly onFilter?: (filter: Filter) => void
}

type Typed = Event & { readonly currentTarget: { readonly value: string } }

/** A form that works without JavaScript too: it asks for the same page with the filter in the query. */
export function FilterForm({ filter, services, counts, onFilter }: FilterFormProps): VNode {
  const change = (part: Partial<Filter>) => onFilter?.({ ...filter, ...part })
  const level = (value: Filter['level'], text: string) => html`<a
    href=${linkTo({ filter: { ...filter, level: value } })}
    aria-current=${filter.level === value ? 'true' : 'false'}
    >${text}</a
  >`
  return html`<form
    class="filter"
    role="search"
    method="get"
    action="./"
    onSubmit=${onFilter && ((event: Event) => event.preventDefault())}
  >
    <label>
      <span class="hidden">Search entrypoints</span>
      <input
        type="search"
        name="q"
        placeholder="Search  /"
        autocomplete="off"
        value=${filter.q}
        onInput=${onFilter && ((event: Typed) => change({ q: event.currentTarget.value }))}
      />
    </label>
    <label>
      <span class="hidden">Service</span>
      <select name="service" onChange=${onFilter && ((event: Typed) => change({ service: event.currentTarget.value }))}>
        <option value="" selected=${filter.service === ''}>all services</option>
        ${services.map((name) => html`<option key=${name} value=${name} selected=${filter.service === name}>${name}</option>`)}
      </select>
    </label>
    ${filter.level && html`<input type="hidden" name="level" value=${filter.level} />`}
    <nav aria-label="Level">
      ${level('', `all ${counts.ok + counts.warning + counts.critical}`)}
      ${level('warning', `wrong ${counts.warning + counts.critical}`)}
      ${level('critical', `critical ${counts.critical}`)}
    </nav>
    ${!onFilter && html`<button type="submit">Filter</button>`}
  </form>`
}
