/**
 * Runs a second while all processes had work: from a while after the last process has begun its first run until the first process
 * has begun its last one. Throws when there is no such time.
 *
 * @param begun of each process, when its runs began, in milliseconds on the monotonic clock of the machine
 * @param warmUpMs that while: each process loads its code, and V8 compiles what runs often
 */
export function perSecond(begun: readonly (readonly number[])[], warmUpMs: number): number {
  const from = Math.max(...begun.map((moments) => Math.min(...moments))) + warmUpMs
  const to = Math.min(...begun.map((moments) => Math.max(...moments)))
  const runs = begun.flat().filter((at) => at > from && at <= to).length
  if (runs < 2) throw new Error('the tickets were all run before every process had begun and was warm: more are needed')
  return (1_000 * runs) / (to - from)
}
