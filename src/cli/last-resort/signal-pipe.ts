/**
 * The pipe through which libuv brings signals to the main thread's event loop (Linux).
 *
 * libuv's signal handler writes one message of 16 bytes for each signal: a pointer, then the signal's number. While the main
 * thread is blocked the messages stay in the pipe, where another thread can see them. libuv does not say which pipe it is,
 * so it is looked for: a signal that does nothing is sent to this very process, and the pipe in which its message appears is
 * the one. Nothing is taken out for good: what is read is written back.
 */
import { closeSync, constants, openSync, readdirSync, readlinkSync, readSync, writeSync } from 'node:fs'
import { constants as system } from 'node:os'

/** File descriptors of this process, of its own for the pipe: non-blocking, one for each direction. */
export interface SignalPipe {
  readonly readFd: number
  readonly writeFd: number
}

/** Bytes of one message. */
const MESSAGE = 16
/** Where in a message the number of the signal stands. */
const NUMBER = 8
/** More than ever waits there: beyond it a look is cut short, which is harmless. */
const MOST = 64

/** By default a process ignores it, and hardly anybody sends it. */
const PROBE = 'SIGURG'

/** Looks for the pipe; undefined where there is none to be found. Call it on the main thread. */
export function findSignalPipe(): SignalPipe | undefined {
  const ignore = () => {}
  process.on(PROBE, ignore)
  try {
    process.kill(process.pid, PROBE)
    for (const fd of pipeFds()) {
      const pipe = openPipe(fd)
      if (!pipe) continue
      if (waitingSignals(pipe).includes(system.signals[PROBE])) return pipe
      closePipe(pipe)
    }
    return undefined
  } catch {
    return undefined
  } finally {
    process.off(PROBE, ignore)
  }
}

/** The numbers of the signals that the main thread has not taken yet, oldest first. */
export function waitingSignals({ readFd, writeFd }: SignalPipe): number[] {
  const messages = Buffer.alloc(MESSAGE * MOST)
  let length = 0
  try {
    length = readSync(readFd, messages)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return []
    throw error
  }
  if (length > 0) writeSync(writeFd, messages, 0, length)
  // The pipe of another purpose, when one is looked for.
  if (length % MESSAGE !== 0) return []
  return Array.from({ length: length / MESSAGE }, (_, index) => messages.readInt32LE(index * MESSAGE + NUMBER))
}

export function closePipe({ readFd, writeFd }: SignalPipe): void {
  closeSync(readFd)
  closeSync(writeFd)
}

/** One file descriptor of each pipe that this process has both ends of. */
function pipeFds(): number[] {
  const ends = new Map<string, number[]>()
  for (const name of readdirSync('/proc/self/fd')) {
    const target = targetOf(name)
    if (target?.startsWith('pipe:')) ends.set(target, [...(ends.get(target) ?? []), Number(name)])
  }
  return [...ends.values()].flatMap((fds) => (fds.length > 1 ? [fds[0]!] : []))
}

function targetOf(fd: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    // The folder's own descriptor: it is closed by now.
    return undefined
  }
}

function openPipe(fd: number): SignalPipe | undefined {
  const path = `/proc/self/fd/${fd}`
  try {
    return {
      readFd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK),
      writeFd: openSync(path, constants.O_WRONLY | constants.O_NONBLOCK),
    }
  } catch {
    return undefined
  }
}
