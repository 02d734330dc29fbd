import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** Whether SIGSTOP has taken effect on a process: on Linux, on all of its threads. A thread that has ended does not count. */
export function isStopped(pid: number): boolean {
  if (process.platform !== 'linux')
    return execFileSync('ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8' }).startsWith('T')
  return threadsOf(pid).every((thread) => /^State:\s+[TtZX]/m.test(statusOf(pid, thread)))
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
}

function statusOf(pid: number, thread: string): string {
  try {
    return readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8')
  } catch {
    return 'State:\tX'
  }
}
