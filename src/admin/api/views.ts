/** What the routes show and command: ports, so that tests need no engine. */
import type {
  Cell,
  Change,
  EntrypointDetail,
  Entrypoints,
  Lease,
  Level,
  Members,
  Plan,
  Service,
  Status,
  Thread,
  Tick,
  Why,
} from './schemas.js'

export interface EntrypointQuery {
  /** Part of an id, in any case. */
  readonly q?: string
  readonly service?: string
  /** At least so bad. */
  readonly level?: Level
  /** Number of the last ticks of each in its strip. Default: 60; 0: no strip. */
  readonly cells?: number
}

export interface TickQuery {
  readonly entrypoint?: string
  readonly outcome?: NonNullable<Tick['outcome']>
  readonly reason?: NonNullable<Tick['reason']>
  readonly since?: number
  /** Default: 200. */
  readonly limit?: number
}

/** A tick of the stream: the index of its entrypoint, and its cell. */
export type StreamedCell = readonly [entrypoint: number, ...cell: Cell]

/** What is known of the engine. `undefined` as an answer: there is no such entrypoint. */
export interface Views {
  /** The ids of the entrypoints. A cell of the stream has the index. */
  readonly ids: readonly string[]
  /** The words for the ends of ticks. A cell has the index. */
  readonly ends: readonly string[]
  /** The result unsubscribes. */
  onTicks(listener: (cells: readonly StreamedCell[]) => void): () => void
  onChange(listener: (change: Change) => void): () => void
  status(canControl: boolean): Promise<Status>
  entrypoints(query: EntrypointQuery): Promise<Entrypoints>
  entrypoint(id: string): Promise<EntrypointDetail | undefined>
  why(id: string): Promise<Why | undefined>
  ticks(query: TickQuery): { readonly ticks: readonly Tick[] }
  services(): readonly Service[]
  threads(): Promise<readonly Thread[]>
  leases(): { readonly leases: readonly Lease[]; readonly members: readonly Members[] }
  changes(since?: number): readonly Change[]
  plan(query: { readonly forMs: number; readonly entrypoint?: string }): Plan
}
