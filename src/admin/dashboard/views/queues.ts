import { html, type VNode } from 'htm/preact/standalone'
import type { Service } from '../../api/schemas.js'
import { amount, spanText } from '../model/words.js'

/** What the queue holds for each service with scope `queue`, of all instances; nothing when there is no such service. */
export function Queues({ services }: { readonly services: readonly Service[] }): VNode | false {
  const queued = services.flatMap(({ name, queue }) => (queue ? [{ name, ...queue }] : []))
  if (queued.length === 0) return false
  return html`<section class="panel" aria-label="Queues">
    <h2>Queues</h2>
    <ul class="lines">
      ${queued.map(
        ({ name, waiting, active, delayed, oldestSeconds }) => html`<li>
          <span class="state">${amount(waiting, 'ticket')} waiting</span>
          <strong>${name}</strong>
          ${waiting > 0 && html`<small>the oldest for ${spanText(oldestSeconds * 1_000)}</small>`}
          <small>${active} running on all instances</small>
          ${delayed > 0 && html`<small>${delayed} until a retry</small>`}
        </li>`,
      )}
    </ul>
  </section>`
}
