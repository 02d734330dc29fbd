/**
 * Tells the history why runs ended that their threads could not report: the threads have exited.
 *
 * A thread that ends takes all of its runs with it, and many threads may end at once, so at most {@link MOST_A_SECOND} are told.
 */
import type { Clock } from '../../kernel/clock.js'
import type { Events } from '../../kernel/events.js'
import type { OutputMemory } from '../../kernel/output/output-memory.js'
import { type Micros, microsFromSeconds } from '../../kernel/time.js'
import type { OutputSender } from '../../observe/output/output-sender.js'

export interface CutOffRunsOptions {
  readonly events: Events
  readonly output: Pick<OutputSender, 'noteError'>
  readonly memory: Pick<OutputMemory, 'addDroppedNote'>
  readonly clock: Pick<Clock, 'now'>
}

const MOST_A_SECOND = 20
const SECOND: Micros = microsFromSeconds(1)

/** The result ends it. */
export function noteCutOffRuns({ events, output, memory, clock }: CutOffRunsOptions): () => void {
  let since: Micros = Number.NEGATIVE_INFINITY
  let told = 0
  return events.on('run.cut_off', ({ entrypoint, sequence, error }) => {
    if (!error) return
    const now = clock.now()
    if (now - since >= SECOND) {
      since = now
      told = 0
    }
    if (told++ < MOST_A_SECOND) output.noteError({ entrypoint, sequence, error })
    else memory.addDroppedNote()
  })
}
