import { html, type VNode } from 'htm/preact/standalone'
import type { Why } from '../../../api/schemas.js'

export function WhyView({ why }: { readonly why: Why }): VNode {
  const [first, ...rest] = why.sentences
  return html`<section class="panel why" aria-label="Why">
    <h2>Why</h2>
    <p><strong>${first ?? 'No tick has come due yet.'}</strong></p>
    ${rest.length > 0 && html`<ul>${rest.map((sentence) => html`<li>${sentence}</li>`)}</ul>`}
  </section>`
}
