/**
 * Turns of the real event loop, whatever a test framework has put in the place of Node's timers: fake timers move only when the
 * test says so, and the test waits for the harness. So Node's own functions are captured when this file is imported.
 */
const { setImmediate, queueMicrotask } = globalThis
const now = performance.now.bind(performance)

/** Waits for one turn of the event loop. */
export function realTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}

/** Calls back once the code that runs now is done. */
export function afterThis(callback: () => void): void {
  queueMicrotask(callback)
}

/** Milliseconds of real time from a fixed moment. */
export function realNow(): number {
  return now()
}
