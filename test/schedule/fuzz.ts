/** Settings of a property test: `FC_SEED` repeats the run that reported it. */
export function fuzz(numRuns: number): { numRuns: number; seed?: number } {
  const seed = process.env.FC_SEED
  return { numRuns, ...(seed !== undefined && { seed: Number(seed) }) }
}
