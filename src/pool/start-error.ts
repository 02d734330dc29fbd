/** What is said of a thread whose services have not started. */
import { StartError } from '../kernel/errors.js'
import { formatSpan, type Micros } from '../kernel/time.js'
import type { StartFailure } from './protocol.js'
import type { ThreadExit } from './worker-thread.js'

export function startFailed({ service, step, error }: StartFailure): StartError {
  return new StartError('ERR_START', `${service}: ${step} failed: ${error.name}: ${error.message}`, { cause: error })
}

export function tooSlowToStart(services: readonly string[], deadline: Micros): StartError {
  return new StartError(
    'ERR_START_DEADLINE',
    `${services.join(', ')}: had not started after ${formatSpan(deadline)}; does onStart or a dependency wait for something that does not come? (escapement.startup.deadline sets the limit)`,
  )
}

export function endedWhileStarting(services: readonly string[], { reason, exitCode, error }: ThreadExit): StartError {
  const how = `${reason}, exit code ${exitCode}${error ? `: ${error.message}` : ''}`
  return new StartError('ERR_START', `${services.join(', ')}: the thread ended while starting (${how})`, {
    cause: error,
  })
}
