/** What the exit code of `escapement` means (after BSD's sysexits.h). */
export const EXIT = {
  clean: 0,
  /** The command line cannot be understood. */
  usage: 64,
  /** A fault of escapement, or of a service that could not be started. */
  internal: 70,
  /** Stopped, but runs had to be killed. */
  killedWork: 75,
  /** A module or the configuration cannot be used. */
  badConfig: 78,
} as const
