import { realImmediate } from '../kernel/clock.js'

let lastTurn: Promise<void> = Promise.resolve()

/** Each call resolves in a later turn of the event loop than the call before it. */
export function nextFreeTurn(): Promise<void> {
  lastTurn = lastTurn.then(() => new Promise((resolve) => void realImmediate(resolve)))
  return lastTurn
}
