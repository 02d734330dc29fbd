import { setTimeout as sleep } from 'node:timers/promises'

/** Asks until the answer will do, and returns it; throws when none has by the deadline. */
export async function until<Answer>(
  ask: () => Promise<Answer> | Answer,
  willDo: (answer: Answer) => boolean,
  deadlineMs = 20_000,
): Promise<Answer> {
  const deadline = Date.now() + deadlineMs
  for (;;) {
    const answer = await ask()
    if (willDo(answer)) return answer
    if (Date.now() > deadline) throw new Error(`still ${String(answer)} after ${deadlineMs} ms`)
    await sleep(10)
  }
}
