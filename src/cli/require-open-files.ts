/** Refuses to start with a limit of open files that is too small for the program itself. */
import { readFileSync } from 'node:fs'
import { StartError } from '../kernel/errors.js'

/** Measured with one service: Node opens the files of a program together, and says "Cannot find package" when it cannot. */
const NEEDED = 64

/** Does nothing where the platform does not say how many files may be open. */
export function requireOpenFiles(limits = readLimits()): void {
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1]
  if (soft === undefined || Number(soft) >= NEEDED) return
  throw new StartError(
    'ERR_SYSTEM_LIMIT',
    `escapement must be able to open ${NEEDED} files and sockets to start, and about 5 more for each thread, but ulimit -n is ${soft}. Raise the limit: ulimit -n 1024, LimitNOFILE= of systemd, or --ulimit nofile= of Docker`,
  )
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8')
  } catch {
    return ''
  }
}
