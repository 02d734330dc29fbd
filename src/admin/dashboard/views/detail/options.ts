import { html, type VNode } from 'htm/preact/standalone'

/** Every option of the entrypoint with its value, defaults included. */
export function Options({ options }: { readonly options: Readonly<Record<string, string>> }): VNode {
  return html`<section class="panel" aria-label="Options">
    <h2>Options</h2>
    <dl class="facts">
      ${Object.entries(options).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
    </dl>
  </section>`
}
