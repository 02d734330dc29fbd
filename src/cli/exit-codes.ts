/** The exit codes of `escapement` (after BSD's sysexits.h). */
export const EXIT = {
  clean: 0,
  /** The command line is wrong. */
  usage: 64,
  /** No supervisor was reached. */
  unreachable: 69,
  /** A bug in escapement, a service that could not start, or an address that cannot be listened on. */
  internal: 70,
  /** The operating system refused threads, open files or memory: a limit is reached. */
  systemLimit: 71,
  /** Stopped, but the state of services could not be written to its file. */
  stateLost: 74,
  /** Stopped, but runs had to be killed. */
  killedWork: 75,
  /** The token is missing or wrong. */
  noPermission: 77,
  /** A module or the configuration is invalid. */
  badConfig: 78,
} as const

/** For the help of `escapement run`. */
export const EXIT_CODES = `
Exit codes:
  ${EXIT.clean}   stopped, and every run had ended
  ${EXIT.usage}  the command line is wrong
  ${EXIT.internal}  a service could not start, an address cannot be listened on, or there is a bug in escapement
  ${EXIT.systemLimit}  the operating system refused threads, open files or memory; the message names the limit
  ${EXIT.stateLost}  stopped, but the state of services could not be written to its file
  ${EXIT.killedWork}  stopped, but runs had to be killed, or a second signal came
  ${EXIT.badConfig}  a module or the configuration is invalid`

/** For the help of the commands that ask a running supervisor. */
export const ONLINE_EXIT_CODES = `
The environment variable ESCAPEMENT_TOKEN holds the token, if one is needed; with --config, that of the configuration is used.

Exit codes:
  ${EXIT.clean}   it answered, and did what was asked
  ${EXIT.usage}  the command line is wrong, or there is no such entrypoint
  ${EXIT.unreachable}  no supervisor was reached
  ${EXIT.internal}  it could not do what was asked
  ${EXIT.noPermission}  the token is missing or wrong, or the server does not allow control
  ${EXIT.badConfig}  the configuration is invalid`
