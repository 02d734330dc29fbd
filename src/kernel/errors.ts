/**
 * The errors callers tell apart. Every one carries a stable `code`; `cause` is always passed on.
 */
export class EscapementError extends Error {
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** A definition that can never run: found while services are described, never later. The CLI exits with 78. */
export class DefinitionError extends EscapementError {
  /** One sentence for each thing that is wrong; the message joins them. */
  readonly problems: readonly string[]

  constructor(code: string, problems: readonly string[], options?: ErrorOptions) {
    super(code, problems.join('\n'), options)
    this.problems = problems
  }
}

/** A configuration that cannot be used. The CLI exits with 78. */
export class ConfigError extends EscapementError {}

/** A service that could not be started: its `onStart`, a dependency or its constructor failed. */
export class StartError extends EscapementError {}

/** Called in a state in which it makes no sense, e.g. `trigger()` of an entrypoint that does not exist. */
export class UsageError extends EscapementError {}

/** It was stopped before it was started, or while it was starting. A supervisor starts once. */
export class StoppedError extends EscapementError {
  constructor() {
    super('ERR_STOPPED', 'it has been stopped: a supervisor starts once, make another one')
  }
}

/** A fault of Escapement itself: please report it. */
export class InternalError extends EscapementError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_INTERNAL', `${message} (this is a bug in escapement, please report it)`, options)
  }
}
