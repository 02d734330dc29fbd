/**
 * Opens standard output or standard error for writing without waiting.
 *
 * A pipe and a terminal are opened once more, through /proc (Linux): "does not wait" is a property of an open file, and other
 * processes share the one that was inherited. Where that is not possible, as with a socket, the descriptor itself is used: the main
 * thread has had Node open it, which makes pipes and sockets non-blocking. Writing to a file may wait for the disk.
 */
import { constants, fstatSync, openSync, writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import type { StreamName } from '../../kernel/output/output-protocol.js'

export interface OutputStream {
  readonly isTTY: boolean
  /** Returns how many bytes were written. @throws the error of the system. */
  write(bytes: Uint8Array): number
}

export function openStream(name: StreamName): OutputStream {
  const inherited = name === 'stdout' ? 1 : 2
  const fd = reopened(inherited) ?? inherited
  return { isTTY: isatty(fd), write: (bytes) => writeSync(fd, bytes) }
}

function reopened(fd: number): number | undefined {
  try {
    if (!fstatSync(fd).isFIFO() && !isatty(fd)) return undefined
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  } catch {
    return undefined
  }
}
