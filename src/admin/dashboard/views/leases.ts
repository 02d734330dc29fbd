import { html, type VNode } from 'htm/preact/standalone'
import type { Lease, Members } from '../../api/schemas.js'
import { amount, plainWord } from '../model/words.js'
import { Moment } from './moment.js'

export interface LeasesProps {
  readonly leases: readonly Lease[]
  readonly members: readonly Members[]
  readonly now: number
}

export function Leases({ leases, members, now }: LeasesProps): VNode {
  return html`<section class="panel" aria-label="Leases and members">
    <h2>Leases and members</h2>
    ${leases.length + members.length === 0 && html`<p class="none">This instance has no leases and knows no other members.</p>`}
    <ul class="lines">
      ${leases.map(
        ({ lease, isLeader, epoch, event, at }) => html`<li>
          <span class="state">${isLeader ? 'leader' : 'follower'}</span>
          <strong>${lease}</strong>
          <small>epoch ${epoch}</small>
          ${event && html`<small>${plainWord(event)} ${at !== undefined && html`<${Moment} at=${at} now=${now} />`}</small>`}
        </li>`,
      )}
      ${members.map(
        ({ service, count }) => html`<li>
          <span class=${`state ${count === 0 ? 'text-warning' : ''}`}>${amount(count, 'member')}</span>
          <strong>${service}</strong>
          ${count === 0 && html`<small>the members are unknown</small>`}
        </li>`,
      )}
    </ul>
  </section>`
}
