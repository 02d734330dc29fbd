/** The exit codes of `escapement` (after BSD's sysexits.h). */
export const EXIT = {
  clean: 0,
  /** The command line is wrong. */
  usage: 64,
  /** A bug in escapement, a service that could not start, or an address that cannot be listened on. */
  internal: 70,
  /** Stopped, but the state of services could not be written to its file. */
  stateLost: 74,
  /** Stopped, but runs had to be killed. */
  killedWork: 75,
  /** A module or the configuration is invalid. */
  badConfig: 78,
} as const
