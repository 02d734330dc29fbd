/** The browser's clock and timers. */

export function now(): number {
  return Date.now()
}

/** Calls once after a span. The result prevents that. */
export function after(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms)
  return () => clearTimeout(timer)
}

/** Calls again and again. The result ends that. */
export function every(ms: number, callback: () => void): () => void {
  const timer = setInterval(callback, ms)
  return () => clearInterval(timer)
}
