/** What the dashboard knows about the server. */
import type { Change, EntrypointDetail, Lease, Members, Service, Status, Thread } from '../../api/schemas.js'
import { NO_ROWS, type Rows } from '../model/rows.js'

export type Connection =
  | { readonly state: 'connecting' }
  | { readonly state: 'live' }
  /** The server does not answer: what is shown was true at `since`. */
  | { readonly state: 'stale'; readonly since: number; readonly problem: string }
  /** The server wants a token, or another one. */
  | { readonly state: 'locked'; readonly problem: string }

/** The entrypoint that is shown alone. */
export type Shown =
  | { readonly state: 'none' }
  | { readonly state: 'loading'; readonly id: string }
  | { readonly state: 'loaded'; readonly id: string; readonly detail: EntrypointDetail }
  | { readonly state: 'unknown'; readonly id: string; readonly problem: string }

export interface LiveState {
  readonly connection: Connection
  readonly status: Status | undefined
  readonly rows: Rows
  readonly services: readonly Service[]
  readonly threads: readonly Thread[]
  readonly leases: readonly Lease[]
  readonly members: readonly Members[]
  /** Newest first. */
  readonly changes: readonly Change[]
  readonly shown: Shown
}

export const NOTHING_KNOWN: LiveState = {
  connection: { state: 'connecting' },
  status: undefined,
  rows: NO_ROWS,
  services: [],
  threads: [],
  leases: [],
  members: [],
  changes: [],
  shown: { state: 'none' },
}

/** Changes that are kept. */
export const CHANGES_KEPT = 200
