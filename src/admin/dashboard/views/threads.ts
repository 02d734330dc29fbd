import { html, type VNode } from 'htm/preact/standalone'
import type { Thread } from '../../api/schemas.js'
import { amount } from '../model/words.js'

const BAD = new Set(['zombie', 'restarting', 'ending'])

export function Threads({ threads }: { readonly threads: readonly Thread[] }): VNode {
  return html`<section class="panel" aria-label="Threads">
    <h2>Threads</h2>
    ${threads.length === 0 && html`<p class="none">No thread is known.</p>`}
    <ul class="lines">
      ${threads.map(
        ({ pool, slot, services, state, threadId, restarts, problem }) => html`<li>
          <span class=${`state ${BAD.has(state) || problem ? 'text-critical' : ''}`}>${state}</span>
          <strong>${pool}${slot > 0 ? ` #${slot}` : ''}</strong>
          ${services.join() !== pool && html`<small>${services.join(', ')}</small>`}
          ${threadId !== undefined && html`<small>thread ${threadId}</small>`}
          <small class=${restarts > 0 ? 'text-warning' : ''}>${amount(restarts, 'restart')}</small>
          ${problem && html`<span class="text-critical">${problem}</span>`}
        </li>`,
      )}
    </ul>
  </section>`
}
