import { ConfigError, DefinitionError, EscapementError, StartError, UsageError } from '../kernel/errors.js'
import type { WireError } from '../kernel/wire-error.js'
import { EXIT } from './exit-codes.js'

/** What a stranger should read about an error that ended the program, and the exit code it ends with. */
export function explain(error: unknown): { readonly text: string; readonly exitCode: number } {
  if (error instanceof DefinitionError) return { text: problemList(error.problems), exitCode: EXIT.badConfig }
  if (error instanceof ConfigError && error.code === 'ERR_CONFIG_SET') {
    return { text: `escapement: ${error.message}`, exitCode: EXIT.usage }
  }
  if (error instanceof ConfigError) return { text: problemList(error.message.split('\n')), exitCode: EXIT.badConfig }
  if (error instanceof UsageError) {
    // What a server may not do is no fault of the command line.
    const exitCode = LISTENING.has(error.code) ? EXIT.internal : EXIT.usage
    return { text: `escapement: ${error.message}`, exitCode }
  }
  if (error instanceof StartError) {
    const stack = deepest((error.cause ?? {}) as Partial<WireError>).stack
    return { text: `escapement: ${error.message}${stack ? `\n${stack}` : ''}`, exitCode: EXIT.internal }
  }
  if (error instanceof EscapementError) return { text: `escapement: ${error.message}`, exitCode: EXIT.internal }
  return { text: `escapement: ${error instanceof Error ? error.stack : String(error)}`, exitCode: EXIT.internal }
}

const LISTENING = new Set(['ERR_PORT_IN_USE', 'ERR_PORT_FORBIDDEN', 'ERR_HOST_UNKNOWN'])

/** What all of it came of: that stack leads into the user's code. */
function deepest(error: Partial<WireError>): Partial<WireError> {
  return error.cause ? deepest(error.cause) : error
}

function problemList(problems: readonly string[]): string {
  if (problems.length === 1) return `escapement: ${problems[0]}`
  return [`escapement: ${problems.length} problems:`, ...problems.map((problem) => `  - ${problem}`)].join('\n')
}
