/**
 * What the HTTP API answers, as zod schemas: routes validate and serialise by them, /openapi.json is made from them, and the
 * command line and the dashboard rely on them. Moments are milliseconds since the epoch; spans have their unit in the name.
 */
import type { output } from 'zod'
import { z } from '../../define/options/zod.js'
import { HEALTH_PROBLEM_KINDS } from '../../kernel/health.js'
import { PAUSE_KEEPS } from '../../kernel/pause.js'
import { THREAD_STATES } from '../../kernel/view.js'
import {
  ABORT_CAUSES,
  CIRCUIT_STATES,
  LEASE_EVENTS,
  MISSED_POLICIES,
  OUTCOMES,
  OVERLAPS,
  RETURN_REASONS,
  SCOPES,
  SKIP_REASONS,
} from '../../kernel/vocabulary.js'
import { CHANGE_KINDS, LEVELS } from '../../observe/changes/change.js'
import { PROBLEM_KINDS } from '../views/problem-kinds.js'

const moment = z.number().describe('Milliseconds since the epoch')
const level = z.enum(LEVELS)

/** What `/healthz` and `/readyz` answer. */
export const Health = z.object({
  live: z.boolean(),
  ready: z.boolean(),
  problems: z.array(z.object({ kind: z.enum(HEALTH_PROBLEM_KINDS), text: z.string() })),
})

/** Something that is wrong, in one sentence. */
export const Problem = z.object({
  kind: z.enum(PROBLEM_KINDS),
  level,
  text: z.string(),
  /** Since when; absent when unknown. */
  since: moment.optional(),
  /** The entrypoint it is about. */
  entrypoint: z.string().optional(),
})

export const Verdict = z.object({
  level,
  /** One sentence: healthy, or what is wrong and since when. */
  text: z.string(),
  since: moment.optional(),
  /** All that is wrong, worst first. */
  problems: z.array(Problem),
})

export const Actor = z.object({
  at: moment,
  by: z.string(),
  reason: z.string().optional(),
  /** `deployment`: kept in the coordination store, for all instances. `instance`: kept in the state file. `process`: gone with this process. */
  kept: z.enum(PAUSE_KEEPS),
})

export const ErrorText = z.object({
  name: z.string(),
  message: z.string(),
  stack: z.string().optional(),
  code: z.string().optional(),
})

/** A tick that ended. */
export const Tick = z.object({
  id: z.string(), // entrypoint@ISO time
  entrypoint: z.string(),
  sequence: z.number(), // negative: triggered by hand
  dueAt: moment,
  /** `handed_over`: the queue keeps it. `returned`: a ticket that this instance had taken went back to the queue. */
  decision: z.enum(['run', 'skipped', 'handed_over', 'returned']),
  reason: z.enum(SKIP_REASONS).optional(),
  returned: z.enum(RETURN_REASONS).optional(),
  /** Skipped, or handed over, together; this is the last of them. */
  count: z.number(),
  outcome: z.enum(OUTCOMES).optional(),
  cause: z.enum(ABORT_CAUSES).optional(),
  startedAt: moment.optional(),
  endedAt: moment.optional(),
  latenessMs: z.number().optional(),
  durationMs: z.number().optional(),
  attempts: z.number().optional(),
  threadId: z.number().optional(),
  error: ErrorText.optional(),
  /** Last log lines of the run, oldest first: pino's JSON. Only of runs that did not complete. */
  lines: z.array(z.string()).optional(),
})

/** One cell of a strip, short because there are many: [due moment, index in `ends`, ticks, lateness in us or null, duration in us or null]. */
export const Cell = z.tuple([z.number(), z.number(), z.number(), z.number().nullable(), z.number().nullable()])

export const Entrypoint = z.object({
  id: z.string(),
  service: z.string(),
  method: z.string(),
  name: z.string().optional(),
  /** In words: `every 100 ms`, `0 18 * * 1-5 (Europe/Paris)`. */
  schedule: z.string(),
  overlap: z.enum(OVERLAPS),
  missed: z.enum(MISSED_POLICIES),
  scope: z.enum(SCOPES),
  intervalMs: z.number(),
  timeoutMs: z.number().optional(),
  /** `level` is how bad it is; `text` why, in a few words: `12 failures in a row`. */
  status: z.object({ level, text: z.string(), since: moment.optional() }),
  pause: Actor.optional(),
  circuit: z.enum(CIRCUIT_STATES),
  consecutiveFailures: z.number(),
  active: z.number(),
  pending: z.number(),
  nextDueAt: moment.optional(),
  lastSuccessAt: moment.optional(),
  lastFailureAt: moment.optional(),
  ledger: z.object({
    due: z.number(),
    /** Tickets of the queue. These three are 0 unless the scope is `queue`. */
    taken: z.number(),
    handedOver: z.number(),
    returned: z.number(),
    skipped: z.record(z.string(), z.number()),
    runs: z.record(z.string(), z.number()),
    active: z.number(),
    pending: z.number(),
  }),
  lateness: z.object({ p50Ms: z.number(), p99Ms: z.number() }).optional(),
  duration: z.object({ p50Ms: z.number(), p99Ms: z.number() }).optional(),
  /** The last ticks, oldest first; absent when `cells=0` was asked for. */
  strip: z.array(Cell).optional(),
})

export const Entrypoints = z.object({
  at: moment,
  /** What the second number of a cell means: outcomes, then skip reasons, then `handed_over` and `returned`. */
  ends: z.array(z.string()),
  /** Worst first. */
  entrypoints: z.array(Entrypoint),
})

export const Service = z.object({
  name: z.string(),
  pool: z.string(),
  module: z.string(),
  threads: z.number(),
  entrypoints: z.array(z.string()),
  rpcs: z.array(z.string()),
  restarts: z.number(),
  /** Tickets in the queue, of all instances, as last heard from the store. Only with scope `queue`. */
  queue: z
    .object({ waiting: z.number(), active: z.number(), delayed: z.number(), oldestSeconds: z.number() })
    .optional(),
})
export const Thread = z.object({
  pool: z.string(),
  services: z.array(z.string()),
  slot: z.number(),
  state: z.enum(THREAD_STATES),
  threadId: z.number().optional(),
  restarts: z.number(),
  problem: z.string().optional(),
})
export const Lease = z.object({
  lease: z.string(),
  isLeader: z.boolean(),
  epoch: z.number(),
  /** What happened to it last on this instance. */
  event: z.enum(LEASE_EVENTS).optional(),
  /** The same in a sentence. */
  text: z.string().optional(),
  at: moment.optional(),
})
export const Members = z.object({ service: z.string(), count: z.number() })

/** Something that changed: a start, a restart of a thread, a clock jump, a leader, a pause, a circuit. */
export const Change = z.object({
  at: moment,
  kind: z.enum(CHANGE_KINDS),
  level,
  text: z.string(),
  entrypoint: z.string().optional(),
  service: z.string().optional(),
  lease: z.object({ name: z.string(), event: z.enum(LEASE_EVENTS) }).optional(),
  /** Of `clock`: by how much the wall clock moved; negative: backward. */
  clock: z.object({ byMs: z.number() }).optional(),
  by: z.string().optional(),
})

export const Status = z.object({
  instance: z.string(),
  version: z.string(),
  node: z.string(),
  startedAt: moment,
  at: moment,
  pid: z.number(),
  host: z.string(),
  verdict: Verdict,
  totals: z.object({
    services: z.number(),
    entrypoints: z.number(),
    due: z.number(),
    /** Tickets that this instance has taken from the queue. */
    taken: z.number(),
    skipped: z.number(),
    /** Ticks that the queue keeps, or kept. */
    handedOver: z.number(),
    /** Tickets that went back to the queue. */
    returned: z.number(),
    runs: z.number(),
    /** Of the runs. */
    failed: z.number(),
    active: z.number(),
    pending: z.number(),
  }),
  /** The API lets this caller trigger, pause, resume and abort. */
  canControl: z.boolean(),
  /** Ticks that the history lost, by reason. */
  dropped: z.record(z.string(), z.number()),
})

/** Equal errors of one entrypoint. */
export const FoldedError = z.object({
  error: ErrorText,
  count: z.number(),
  firstAt: moment,
  lastAt: moment,
  lastTick: z.string(),
  lines: z.array(z.string()),
})

export const Why = z.object({
  entrypoint: z.string(),
  /** What was decided for the last ticks and the facts that led to it, newest first; the first sentence answers "why is it (not) running". */
  sentences: z.array(z.string()),
})

export const EntrypointDetail = z.object({
  entrypoint: Entrypoint,
  /** Every option with its value in words, defaults included. */
  options: z.record(z.string(), z.string()),
  /** Newest first. */
  ticks: z.array(Tick),
  /** The last that did not complete, newest first; kept longer. */
  problems: z.array(Tick),
  errors: z.array(FoldedError),
  why: Why,
  changes: z.array(Change),
})

export const PlannedTick = z.object({ entrypoint: z.string(), dueAt: moment, note: z.string().optional() })
export const Herd = z.object({
  dueAt: moment,
  thread: z.string(),
  ticks: z.number(),
  entrypoints: z.array(z.string()),
  advice: z.string(),
})
export const Plan = z.object({
  from: moment,
  to: moment,
  ticks: z.array(PlannedTick),
  herds: z.array(Herd),
  truncated: z.boolean(),
})

/** What a control request did. */
export const Done = z.object({ entrypoint: z.string(), text: z.string() })
export const ControlBody = z
  .object({ by: z.string().max(100).optional(), reason: z.string().max(500).optional() })
  .strict()
export const ApiError = z.object({
  error: z.string(),
  code: z.string(),
  /** What to do. */ advice: z.string().optional(),
})

export type Level = output<typeof level>
export type Problem = output<typeof Problem>
export type Verdict = output<typeof Verdict>
export type Actor = output<typeof Actor>
export type ErrorText = output<typeof ErrorText>
export type Tick = output<typeof Tick>
export type Cell = output<typeof Cell>
export type Entrypoint = output<typeof Entrypoint>
export type Entrypoints = output<typeof Entrypoints>
export type Service = output<typeof Service>
export type Thread = output<typeof Thread>
export type Lease = output<typeof Lease>
export type Members = output<typeof Members>
export type Change = output<typeof Change>
export type Status = output<typeof Status>
export type FoldedError = output<typeof FoldedError>
export type Why = output<typeof Why>
export type EntrypointDetail = output<typeof EntrypointDetail>
export type PlannedTick = output<typeof PlannedTick>
export type Herd = output<typeof Herd>
export type Plan = output<typeof Plan>
export type Done = output<typeof Done>
export type ControlBody = output<typeof ControlBody>
export type ApiError = output<typeof ApiError>
