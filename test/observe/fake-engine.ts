import { Events, type RunEnded, type TickSkipped } from '../../src/kernel/events.js'
import type {
  EngineView,
  Health,
  LeaseState,
  LedgerCounts,
  MemberCount,
  RpcView,
  ThreadView,
  TimerView,
} from '../../src/kernel/view.js'
import { OUTCOMES, type Outcome, SKIP_REASONS, type SkipReason } from '../../src/kernel/vocabulary.js'

/** An engine that says what a test tells it to. */
export class FakeEngine implements EngineView {
  readonly events = new Events()
  entrypoints: TimerView[] = []
  slots: ThreadView[] = []
  callables: RpcView[] = []
  held: LeaseState[] = []
  members: MemberCount[] = []
  state: Health = { live: true, ready: true, problems: [] }
  /** How often the timers were asked for. */
  asked = 0

  leases() {
    return this.held
  }

  memberCounts() {
    return this.members
  }

  rpcs() {
    return this.callables
  }

  timers(): readonly TimerView[] {
    this.asked++
    return this.entrypoints
  }

  threads(): readonly ThreadView[] {
    return this.slots
  }

  health(): Health {
    return this.state
  }
}

export function aTimer(id: string, changes: Partial<Omit<TimerView, 'ledger'>> & { ledger?: Counts } = {}): TimerView {
  const [service, method] = id.split('.') as [string, string]
  return {
    id,
    service,
    method,
    schedule: { kind: 'interval', interval: 100_000, align: false },
    overlap: 'skip',
    missed: 'skip',
    scope: 'instance',
    interval: 0.1,
    isPaused: false,
    consecutiveFailures: 0,
    circuit: { state: 'closed' },
    ...changes,
    ledger: aLedger(changes.ledger),
  }
}

export function aThread(pool: string, changes: Partial<ThreadView> = {}): ThreadView {
  return { pool, services: [pool], slot: 0, state: 'idle', threadId: 1, restarts: 0, ...changes }
}

interface Counts {
  readonly skipped?: Partial<Record<SkipReason, number>>
  readonly runs?: Partial<Record<Outcome, number>>
  readonly active?: number
  readonly pending?: number
}

/** A balanced ledger. */
function aLedger({ skipped, runs, active = 0, pending = 0 }: Counts = {}): LedgerCounts {
  const places = { skipped: { ...zeros(SKIP_REASONS), ...skipped }, runs: { ...zeros(OUTCOMES), ...runs } }
  const ended = [...Object.values(places.skipped), ...Object.values(places.runs)].reduce((sum, n) => sum + n, 0)
  return { ...places, active, pending, due: ended + active + pending }
}

function zeros<Key extends string>(keys: readonly Key[]): Record<Key, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<Key, number>
}

export function aRun(entrypoint: string, changes: Partial<RunEnded> = {}): RunEnded {
  const [service, method] = entrypoint.split('.') as [string, string]
  return {
    entrypoint,
    service,
    method,
    sequence: 7,
    dueWall: Date.UTC(2026, 0, 2, 3, 4, 5, 600),
    lateness: 0.000_02,
    duration: 0.003,
    outcome: 'completed',
    attempt: 1,
    error: undefined,
    threadId: 4,
    ...changes,
  }
}

export function aSkip(entrypoint: string, changes: Partial<TickSkipped> = {}): TickSkipped {
  const [service, method] = entrypoint.split('.') as [string, string]
  return {
    entrypoint,
    service,
    method,
    reason: 'running',
    count: 1,
    sequence: 7,
    dueWall: Date.UTC(2026, 0, 2, 3, 4, 5, 600),
    ...changes,
  }
}
