/** What is said of a thread whose services have not started. */

import { StartError } from '../kernel/errors.js'
import { formatSpan, type Micros } from '../kernel/time.js'
import { revived } from '../kernel/wire-error/revived.js'
import type { StartFailure } from './protocol.js'
import type { EndCause, ThreadExit } from './worker-thread.js'

/** What the exit of a thread that was ended for this failure says. */
export function causeOfFailedStart({ service, step, error }: StartFailure): EndCause {
  return { service, step, error }
}

/** The same of a thread that was ended because it took too long. */
export function causeOfSlowStart(services: readonly string[], deadline: Micros): EndCause {
  const { name, message, code } = tooSlowToStart(services, deadline)
  return { error: { name, message, code } }
}

/** One line for health about a thread that has ended. */
export function endSentence({ reason, exitCode, error, service, step }: ThreadExit): string {
  const told = error ? `${error.name}: ${error.message}` : `exit code ${exitCode}`
  const [line] = told.split('\n', 1)
  const text = line!.length > LONGEST_SENTENCE ? `${line!.slice(0, LONGEST_SENTENCE)}...` : line!
  return service === undefined ? `its last thread ended (${reason}): ${text}` : `${service}: ${step} failed: ${text}`
}

const LONGEST_SENTENCE = 300

export function startFailed({ service, step, error }: StartFailure): StartError {
  return new StartError('ERR_START', `${service}: ${step} failed: ${error.name}: ${error.message}`, {
    cause: revived(error),
  })
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
    ...(error && { cause: revived(error) }),
  })
}
