import { RefusedError, UnreachableError } from '../admin/client/api-client.js'
import { ConfigError, DefinitionError, EscapementError, StartError, UsageError } from '../kernel/errors.js'
import { limitSentence, withLimit } from '../kernel/system-limit.js'
import { EXIT } from './exit-codes.js'

/** The text to print for an error that ended the program, and the exit code. */
export function explain(error: unknown): { readonly text: string; readonly exitCode: number } {
  if (error instanceof StartError && error.code === 'ERR_SYSTEM_LIMIT') {
    return { text: `escapement: ${error.message}`, exitCode: EXIT.systemLimit }
  }
  const limit = limitSentence(error)
  if (limit !== undefined) {
    const message = error instanceof Error ? error.message : String(error)
    return { text: `escapement: ${withLimit(message, limit)}`, exitCode: EXIT.systemLimit }
  }
  if (error instanceof DefinitionError) return { text: problemList(error.problems), exitCode: EXIT.badConfig }
  if (error instanceof ConfigError && error.code === 'ERR_CONFIG_SET') {
    return { text: `escapement: ${error.message}`, exitCode: EXIT.usage }
  }
  if (error instanceof ConfigError) return { text: problemList(error.problems), exitCode: EXIT.badConfig }
  if (error instanceof UsageError) {
    // An address that the server cannot listen on is not an error of the command line.
    const exitCode = LISTEN_ERRORS.has(error.code) ? EXIT.internal : EXIT.usage
    return { text: `escapement: ${error.message}`, exitCode }
  }
  if (error instanceof UnreachableError) return { text: `escapement: ${error.message}`, exitCode: EXIT.unreachable }
  if (error instanceof RefusedError) {
    const advice = error.code === 'ERR_TOKEN' ? ' On the command line: ESCAPEMENT_TOKEN=TOKEN, or --config FILE.' : ''
    return { text: `escapement: ${error.message}${advice}`, exitCode: REFUSED[error.code] ?? EXIT.internal }
  }
  if (error instanceof StartError) {
    const { stack } = error.cause ? rootCause(error) : {}
    return { text: `escapement: ${error.message}${stack ? `\n${stack}` : ''}`, exitCode: EXIT.internal }
  }
  if (error instanceof EscapementError) return { text: `escapement: ${error.message}`, exitCode: EXIT.internal }
  return { text: `escapement: ${error instanceof Error ? error.stack : String(error)}`, exitCode: EXIT.internal }
}

const LISTEN_ERRORS = new Set(['ERR_PORT_IN_USE', 'ERR_PORT_FORBIDDEN', 'ERR_HOST_UNKNOWN'])

/** No route for control: the server has no token for it. */
const REFUSED: Readonly<Record<string, number>> = {
  ERR_TOKEN: EXIT.noPermission,
  ERR_NO_ROUTE: EXIT.noPermission,
  ERR_HOST: EXIT.noPermission,
  ERR_NO_TIMER: EXIT.usage,
  ERR_REQUEST: EXIT.usage,
}

/** The stack of the root cause leads into the user's code. */
function rootCause(error: Error): Partial<Error> {
  if (!error.cause) return error
  return error.cause instanceof Error ? rootCause(error.cause) : {}
}

function problemList(problems: readonly string[]): string {
  if (problems.length === 1) return `escapement: ${problems[0]}`
  return [`escapement: ${problems.length} problems:`, ...problems.map((problem) => `  - ${problem}`)].join('\n')
}
