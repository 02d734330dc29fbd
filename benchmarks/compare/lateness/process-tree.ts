/** A process with all that it has started, as /proc shows them. */
import { readdirSync, readFileSync } from 'node:fs'

/** The kernel counts processor time in hundredths of a second. */
const COUNTS_PER_SECOND = 100

interface ProcessFacts {
  readonly pid: number
  readonly parent: number
  /** With that of children that have ended and were waited for. */
  readonly cpuSeconds: number
}

export interface Usage {
  readonly cpuSeconds: number
  readonly rssMb: number
}

/** Of all these processes and what they have started; NaN where there is no /proc. */
export function usageOf(roots: readonly number[]): Usage {
  const tree = roots.flatMap(treeOf)
  if (tree.length === 0) return { cpuSeconds: Number.NaN, rssMb: Number.NaN }
  const sum = (of: (facts: ProcessFacts) => number) => tree.reduce((total, facts) => total + of(facts), 0)
  return { cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds), rssMb: sum(({ pid }) => rssMbOf(pid)) }
}

/** Sends the signal to the process and to all that it has started. */
export function signalTree(root: number, signal: NodeJS.Signals): void {
  const pids = treeOf(root).map(({ pid }) => pid)
  for (const pid of pids.length > 0 ? pids : [root]) {
    try {
      process.kill(pid, signal)
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** The process and all below it, parents first. */
function treeOf(root: number): ProcessFacts[] {
  const all = allProcesses()
  const tree = all.filter(({ pid }) => pid === root)
  for (const { pid } of tree) tree.push(...all.filter(({ parent }) => parent === pid))
  return tree
}

function allProcesses(): ProcessFacts[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => factsOf(Number(pid)))
  } catch {
    return []
  }
}

/** Empty when the process has ended since the listing. */
function factsOf(pid: number): ProcessFacts[] {
  try {
    // The name of the program, in parentheses, may contain spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ').map(Number)
    const counts = fields.slice(11, 15).reduce((sum, count) => sum + count, 0)
    return [{ pid, parent: fields[1]!, cpuSeconds: counts / COUNTS_PER_SECOND }]
  } catch {
    return []
  }
}

function rssMbOf(pid: number): number {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return Number(kilobytes ?? 0) / 1_024
  } catch {
    return 0
  }
}
