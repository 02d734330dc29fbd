/**
 * Bounds the error that ends a thread.
 *
 * Node copies an uncaught error to the main thread with all of its fields. So an error that nobody handles is replaced by a
 * bounded copy, just before Node looks for a handler. Handlers of the user's keep the error as it was thrown, and the thread
 * goes on as they decide.
 */
import { revived } from '../kernel/wire-error/revived.js'
import { toWireError } from '../kernel/wire-error/wire-error.js'

export function boundUncaughtErrors(): void {
  process.on('uncaughtExceptionMonitor', (error) => {
    const isHandled = process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback()
    if (isHandled) return
    process.once('uncaughtException', () => {
      emitExit()
      // What a handler throws is what Node sends to the main thread.
      throw revived(toWireError(error))
    })
  })
}

/** Node leaves this out when a handler throws. What an exit handler throws is ignored, as Node ignores it. */
function emitExit(): void {
  process.exitCode = 1
  try {
    process.emit('exit', 1)
  } catch {}
}
