/** How many services and threads carry the entrypoints of the benchmark `scale`. */
const POOLS = 4

/** Shape -> the groups of entrypoints: how many each has, and on which thread it is. */
export const SHAPES = {
  'one service': (count) => [{ size: count, thread: 0 }],
  'one service, spread': (count) => [{ size: count, thread: 0, spread: true }],
  // Ten entrypoints a service, dealt out over four threads.
  'four shared pools': (count) =>
    Array.from({ length: Math.ceil(count / 10) }, (_, at) => ({
      size: Math.min(10, count - at * 10),
      thread: at % POOLS,
    })),
  'own threads': (count) => Array.from({ length: count }, (_, at) => ({ size: 1, thread: at })),
}

/** @returns the number of entrypoints on each thread. */
export function sizesOfThreads(shape, count) {
  const sizes = []
  for (const { size, thread } of SHAPES[shape](count)) sizes[thread] = (sizes[thread] ?? 0) + size
  return sizes
}
