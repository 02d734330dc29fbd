/**
 * The guard thread of `escapement run`: ends the process after a second signal, whatever other threads do.
 *
 *   waiting --- a signal came ---> counting --- a second one came ---> ending --- grace is over ---> the process has ended
 *
 * 1. While waiting it costs nothing: it is woken by the signal pipe or by the main thread.
 * 2. A signal counts once: it was handled by the main thread, or it still waits in the pipe. How many were handled is read
 *    first, so a signal that is taken in between is missed by this look and found by the next, never counted twice.
 * 3. The grace lets the main thread give leases back. The main thread can cut it short, and cannot lengthen it.
 */
import { constants, openSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import type { MessagePort } from 'node:worker_threads'
import { prepareExit } from './exit-process.js'
import { EXIT_NOW, type GuardSetup, HANDLED } from './guard-protocol.js'
import { type SignalPipe, waitingSignals } from './signal-pipe.js'

/** Unit: milliseconds. How often the guard looks once a signal has come. */
const LOOK_EVERY_MS = 25

export function guard({ pipe, memory, signals, exitCode, graceMs }: GuardSetup, mainThread: MessagePort): void {
  const words = new Int32Array(memory)
  const exit = prepareExit(exitCode)
  let endAt = Number.POSITIVE_INFINITY

  const count = () => {
    const handled = Atomics.load(words, HANDLED)
    const waiting = pipe ? waitingSignals(pipe).filter((signal) => signals.includes(signal)).length : 0
    return handled + waiting
  }
  const look = () => {
    if (endAt === Number.POSITIVE_INFINITY && count() > 1) endAt = performance.now() + graceMs
    if (Atomics.load(words, EXIT_NOW) === 1 || performance.now() >= endAt) exit()
  }
  let isLooking = false
  const startLooking = () => {
    if (!isLooking) setInterval(look, LOOK_EVERY_MS)
    isLooking = true
    look()
  }
  mainThread.on('message', startLooking)
  if (pipe) onFirstMessage(pipe, startLooking)
}

/** Calls back when the first signal comes; its message is written back for the main thread. */
function onFirstMessage({ readFd, writeFd }: SignalPipe, callback: () => void): void {
  // The socket closes what it reads from.
  const fd = openSync(`/proc/self/fd/${readFd}`, constants.O_RDONLY | constants.O_NONBLOCK)
  const socket = new Socket({ fd, readable: true, writable: false })
  socket.once('data', (message) => {
    socket.destroy()
    writeSync(writeFd, message)
    callback()
  })
  // Without the pipe the main thread still tells the guard.
  socket.on('error', () => {})
}
