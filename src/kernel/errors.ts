/**
 * The error classes that callers can tell apart. Every error has a stable `code` and keeps its `cause`.
 */
export class EscapementError extends Error {
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** A service definition is invalid. Thrown while services are described, before anything starts. The CLI exits with 78. */
export class DefinitionError extends EscapementError {
  /** One sentence for each problem; the message joins them. */
  readonly problems: readonly string[]

  constructor(code: string, problems: readonly string[], options?: ErrorOptions) {
    super(code, problems.join('\n'), options)
    this.problems = problems
  }
}

/** The configuration is invalid or cannot be read. The CLI exits with 78. */
export class ConfigError extends EscapementError {
  /** One sentence for each problem; the message has one line for each. */
  readonly problems: readonly string[]

  /** @param problem one sentence, or one for each of several problems. */
  constructor(code: string, problem: string | readonly string[], options?: ErrorOptions) {
    const problems = typeof problem === 'string' ? [problem] : problem
    super(code, problems.join('\n'), options)
    this.problems = problems
  }
}

/** A service could not start: its constructor, its `onStart` or a dependency failed. The CLI exits with 70. */
export class StartError extends EscapementError {}

/** A method was called with a wrong argument or at the wrong time, e.g. `trigger()` of an entrypoint that does not exist. */
export class UsageError extends EscapementError {}

/** The supervisor was stopped before or during its start. A supervisor can start only once. */
export class StoppedError extends EscapementError {
  constructor() {
    super('ERR_STOPPED', 'this supervisor was stopped and cannot be started again; create a new Supervisor')
  }
}

/** A bug in Escapement itself. Please report it. */
export class InternalError extends EscapementError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_INTERNAL', `${message} (this is a bug in escapement, please report it)`, options)
  }
}
