import type { Clock } from '../kernel/clock.js'
import type { Micros } from '../kernel/time.js'

/** A question whose answer stands for `span` from its asking: it is asked once in that time, however many want to know. */
export function lasting<Answer>(
  ask: () => Promise<Answer>,
  span: Micros,
  clock: Pick<Clock, 'after'>,
): () => Promise<Answer> {
  let answer: Promise<Answer> | undefined
  return () => {
    if (answer) return answer
    clock.after(span, () => {
      answer = undefined
    })
    answer = ask()
    return answer
  }
}
