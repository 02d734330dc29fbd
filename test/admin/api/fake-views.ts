/** Views of an engine with two timers of one service, in every detail that the schemas know. */
import type { Actor, Cell, Change, Entrypoint, EntrypointDetail, Status, Tick } from '../../../src/admin/api/schemas.js'
import type { StreamedCell, Views } from '../../../src/admin/api/views.js'
import { OUTCOMES, SKIP_REASONS } from '../../../src/kernel/vocabulary.js'

export const NOW = Date.UTC(2026, 10, 27, 8)
export const IDS = ['mail.send', 'mail.report#morning']

const error = { name: 'TypeError', message: 'x is not a function', stack: 'TypeError: x\n    at send', code: 'E' }

export const TICK: Tick = {
  id: 'mail.send@2026-11-27T08:00:00.000Z',
  entrypoint: 'mail.send',
  sequence: 7,
  dueAt: NOW,
  decision: 'run',
  count: 1,
  outcome: 'failed',
  cause: 'timeout',
  startedAt: NOW,
  endedAt: NOW + 5,
  latenessMs: 0.012,
  durationMs: 4.5,
  attempts: 1,
  threadId: 3,
  error,
  lines: ['{"level":30,"msg":"<b>hello</b>"}\n'],
}

export const SKIPPED: Tick = {
  id: 'mail.send@2026-11-27T08:00:01.000Z',
  entrypoint: 'mail.send',
  sequence: 8,
  dueAt: NOW + 1_000,
  decision: 'skipped',
  reason: 'paused',
  count: 2,
}

const cells: Cell[] = [
  [NOW, 1, 1, 12, 4_500],
  [NOW + 1_000, 8, 2, null, null],
]

const pause: Actor = { at: NOW, by: 'ann', reason: 'mail server is down', kept: 'instance' }

export const CHANGE: Change = { at: NOW, kind: 'pause', level: 'warning', text: 'ann paused mail.send', by: 'ann' }

export function entrypointOf(id: string): Entrypoint {
  return {
    id,
    service: 'mail',
    method: 'send',
    schedule: 'every 1 s',
    overlap: 'skip',
    missed: 'skip',
    scope: 'instance',
    intervalMs: 1_000,
    timeoutMs: 500,
    status: { level: 'warning', text: 'paused', since: NOW },
    pause,
    circuit: 'closed',
    consecutiveFailures: 1,
    active: 0,
    pending: 0,
    nextDueAt: NOW + 2_000,
    ledger: {
      due: 3,
      taken: 0,
      handedOver: 0,
      returned: 0,
      skipped: { paused: 2 },
      runs: { failed: 1 },
      active: 0,
      pending: 0,
    },
    lateness: { p50Ms: 0.01, p99Ms: 0.02 },
    duration: { p50Ms: 4, p99Ms: 5 },
    strip: cells,
  }
}

export function statusOf(canControl: boolean): Status {
  return {
    instance: 'one-1',
    version: '0.1.0',
    node: 'v20.20.2',
    startedAt: NOW - 1_000,
    at: NOW,
    pid: 4,
    host: 'one',
    verdict: {
      level: 'warning',
      text: 'mail.send is paused since 08:00',
      since: NOW,
      problems: [{ kind: 'paused', level: 'warning', text: 'paused', since: NOW, entrypoint: 'mail.send' }],
    },
    totals: {
      ...{ services: 1, entrypoints: 2, due: 3, taken: 0, skipped: 2, handedOver: 0, returned: 0 },
      ...{ runs: 1, failed: 1, active: 0, pending: 0 },
    },
    canControl,
    dropped: { lapped: 0 },
  }
}

const why = {
  entrypoint: 'mail.send',
  sentences: ['It does not run, because ann paused it at 08:00: mail server is down.'],
}

/** What was asked, and ways to have something happen. */
export class FakeViews implements Views {
  readonly ids = IDS
  readonly ends = [...OUTCOMES, ...SKIP_REASONS]
  readonly asked: unknown[] = []
  statusAsked = 0
  readonly ticksListeners = new Set<(cells: readonly StreamedCell[]) => void>()
  readonly changeListeners = new Set<(change: Change) => void>()

  onTicks(listener: (cells: readonly StreamedCell[]) => void): () => void {
    this.ticksListeners.add(listener)
    return () => void this.ticksListeners.delete(listener)
  }

  onChange(listener: (change: Change) => void): () => void {
    this.changeListeners.add(listener)
    return () => void this.changeListeners.delete(listener)
  }

  tick(cells: readonly StreamedCell[]): void {
    for (const listener of this.ticksListeners) listener(cells)
  }

  change(change: Change): void {
    for (const listener of this.changeListeners) listener(change)
  }

  async status(canControl: boolean) {
    this.statusAsked += 1
    return statusOf(canControl)
  }

  async entrypoints(query: object) {
    this.asked.push(query)
    return { at: NOW, ends: this.ends, entrypoints: IDS.map(entrypointOf) }
  }

  async entrypoint(id: string): Promise<EntrypointDetail | undefined> {
    if (!IDS.includes(id)) return undefined
    const errors = [{ error, count: 2, firstAt: NOW, lastAt: NOW, lastTick: TICK.id, lines: TICK.lines! }]
    const options = { timeout: '500 ms', overlap: 'skip' }
    const ticks = [SKIPPED, TICK]
    return { entrypoint: entrypointOf(id), options, ticks, problems: [TICK], errors, why, changes: [CHANGE] }
  }

  async why(id: string) {
    return IDS.includes(id) ? why : undefined
  }

  ticks(query: object) {
    this.asked.push(query)
    return { ticks: [SKIPPED, TICK] }
  }

  services() {
    const [entrypoints, rpcs] = [IDS, ['status']]
    return [{ name: 'mail', pool: 'mail', module: '/srv/mail.ts', threads: 1, entrypoints, rpcs, restarts: 0 }]
  }

  async threads() {
    return [{ pool: 'mail', services: ['mail'], slot: 0, state: 'idle' as const, threadId: 3, restarts: 0 }]
  }

  leases() {
    return {
      leases: [
        {
          lease: 'mail',
          isLeader: true,
          epoch: 4,
          event: 'acquired' as const,
          text: 'lease mail: acquired (epoch 4)',
          at: NOW,
        },
      ],
      members: [{ service: 'mail', count: 2 }],
    }
  }

  changes(since?: number) {
    this.asked.push({ since })
    return [CHANGE]
  }

  plan(query: object) {
    this.asked.push(query)
    const herds = [{ dueAt: NOW, thread: 'mail', ticks: 2, entrypoints: IDS, advice: 'spread them' }]
    return { from: NOW, to: NOW + 1, ticks: [{ entrypoint: 'mail.send', dueAt: NOW }], herds, truncated: false }
  }
}
