import { type Child, html } from 'htm/preact/standalone'
import type { Change, Lease, Members, Service, Status, Thread } from '../../api/schemas.js'
import type { Filter } from '../model/address.js'
import { Changes } from './changes.js'
import { Leases } from './leases.js'
import { Legend } from './legend.js'
import { Queues } from './queues.js'
import { Threads } from './threads.js'
import { VerdictView } from './verdict.js'

export interface ListProps {
  readonly status: Status
  readonly filter: Filter
  readonly services: readonly Service[]
  readonly threads: readonly Thread[]
  readonly leases: readonly Lease[]
  readonly members: readonly Members[]
  /** Newest first. */
  readonly changes: readonly Change[]
  readonly ends: readonly string[]
  readonly now: number
  /** The form above the table, and the table. */
  readonly form: Child
  readonly table: Child
}

/** The first screen: the verdict, the entrypoints, the threads, who leads, and what changed. */
export function listScreen({
  status,
  filter,
  services,
  threads,
  leases,
  members,
  changes,
  ends,
  now,
  form,
  table,
}: ListProps): Child {
  return html`<div class="list">
    <${VerdictView} status=${status} filter=${filter} now=${now} />
    ${form} ${table}
    <${Legend} ends=${ends} />
    <div class="panels">
      <${Changes} changes=${changes} filter=${filter} now=${now} />
      <${Threads} threads=${threads} />
      <${Queues} services=${services} />
      <${Leases} leases=${leases} members=${members} now=${now} />
    </div>
  </div>`
}
