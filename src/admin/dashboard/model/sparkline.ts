/** A small line of the last values of one entrypoint. */

export const SPARKLINE_WIDTH = 60
export const SPARKLINE_HEIGHT = 10

/**
 * The path of a line through the values, 0 at the bottom and the largest at the top. A gap is where a tick has no value, because it
 * was skipped.
 */
export function sparklinePath(values: readonly (number | null)[]): string {
  const top = Math.max(...values.map((value) => value ?? 0), Number.MIN_VALUE)
  const first = SPARKLINE_WIDTH - values.length
  let path = ''
  let isDown = false
  values.forEach((value, index) => {
    if (value === null) {
      isDown = false
      return
    }
    const y = Math.round((1 - Math.max(value, 0) / top) * (SPARKLINE_HEIGHT - 1) * 100) / 100 + 0.5
    // A single value between two gaps is a short dash.
    path += isDown ? `L${first + index} ${y}` : `M${first + index} ${y}h.5`
    isDown = true
  })
  return path
}
