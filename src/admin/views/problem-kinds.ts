/** What can be wrong, worst first: the place in a list decides what is told first. */

/** What can be the matter with a timer. */
export const TIMER_CONDITIONS = [
  'hung',
  'not_offered',
  'overdue',
  'failing',
  'quarantined',
  'circuit_open',
  'failed_once',
  'skipping',
  'late',
  'no_next_tick',
  'paused',
  'waiting_for_thread',
  'running',
  'not_leader',
  'outside_window',
  'new',
  'well',
] as const
export type TimerCondition = (typeof TIMER_CONDITIONS)[number]

const FIRST_MILD = TIMER_CONDITIONS.indexOf('failed_once')

/** What can be wrong: with timers, with threads, and what the health knows. */
export const PROBLEM_KINDS = [
  'main_thread_silent',
  'supervisor_ended',
  'scheduler_stalled',
  ...TIMER_CONDITIONS.slice(0, FIRST_MILD),
  'not_taken',
  'thread_zombie',
  'crash_loop',
  'store',
  'queue',
  'marks',
  'pauses',
  'thread',
  'scheduler_late',
  'ledger',
  ...TIMER_CONDITIONS.slice(FIRST_MILD),
  'supervisor_changing',
] as const
