/** The health of an instance: whether it works, and what is wrong, each problem with a kind that programs can rely on. */
import type { Millis } from './time.js'

export const HEALTH_PROBLEM_KINDS = [
  /** The main thread has not answered the admin thread for five seconds. */
  'main_thread_silent',
  /** The supervisor has failed, or has stopped. */
  'supervisor_ended',
  /** The scheduler is late by more than five seconds. */
  'scheduler_stalled',
  /** A thread is not running, or something is wrong with it. */
  'thread',
  /** The coordination store does not answer, or does not keep what leases and claims rely on. */
  'store',
  /** The queue of scope `queue` cannot be used, or does not keep what is handed over to it. */
  'queue',
  /** No instance hands the ticks of a service with scope `queue` over to the queue. */
  'not_offered',
  /** The high-water marks of timers cannot be read or saved. */
  'marks',
  /** Pauses cannot be read, or are not saved yet. */
  'pauses',
  /** The supervisor is not started, starts or stops. */
  'supervisor_changing',
] as const
export type HealthProblemKind = (typeof HEALTH_PROBLEM_KINDS)[number]

export interface HealthProblem {
  readonly kind: HealthProblemKind
  /** One sentence, without a capital at its beginning and without a full stop. */
  readonly text: string
  /** Wall time in milliseconds since the epoch. Absent when it is not known. */
  readonly since?: Millis
}

export interface Health {
  /** The scheduler works. */
  readonly live: boolean
  /** Every thread is up and the supervisor is not stopping. */
  readonly ready: boolean
  /** A problem does not always make `ready` false. */
  readonly problems: readonly HealthProblem[]
}
