/** The states of a worker slot; worker-slot.ts says how they follow each other. */
import type { Micros } from '../kernel/time.js'
import type { Incarnation } from './incarnation.js'

export type SlotState =
  | { readonly name: 'new' }
  | { readonly name: 'starting' | 'ending' | 'zombie'; readonly incarnation: Incarnation; readonly isFirst: boolean }
  | { readonly name: 'up' | 'retiring'; readonly incarnation: Incarnation; readonly since: Micros }
  | { readonly name: 'restarting' }
  | { readonly name: 'closing'; readonly incarnation: Incarnation }
  | { readonly name: 'failed' | 'closed' }

/** What is shown of the states without a thread that takes work. */
export const VIEW_STATES = {
  new: 'starting',
  starting: 'starting',
  ending: 'ending',
  zombie: 'zombie',
  restarting: 'restarting',
  closing: 'ending',
  failed: 'stopped',
  closed: 'stopped',
} as const
