/** Decides where log lines and console output go, and starts the admin thread if something needs it. */
import { fstatSync } from 'node:fs'
import { type Logger, pino } from 'pino'
import type { Clock } from '../../kernel/clock.js'
import { OutputMemory } from '../../kernel/output/output-memory.js'
import { type Micros, microsFromMillis } from '../../kernel/time.js'
import { loggedError } from '../../observe/log/logged-error.js'
import { captureStreams } from '../../observe/output/capture-streams.js'
import type { LogSetup } from '../../pool/protocol.js'
import { AdminThread } from './admin-thread.js'
import { spawnAdmin } from './spawn-admin.js'

export interface Output {
  /** The logger of the supervisor. */
  readonly log: Logger
  /** What host threads are told. */
  readonly setup: LogSetup
  readonly memory: OutputMemory
  /** Undefined when nothing needs it. */
  readonly adminThread: AdminThread | undefined
  /** Resolves when everything is written, or the time for that is over. */
  close(options?: { readonly isForced: boolean }): Promise<void>
}

interface OutputOptions {
  /** The logger of the embedding program. */
  readonly logger?: Logger
  readonly level: string
  readonly isHttpServed: boolean
  readonly ownsStreams: boolean
  readonly clock: Clock
}

/** How long the last lines may take. */
const CLOSE_WITHIN: Micros = microsFromMillis(2_000)
const FORCED_CLOSE_WITHIN: Micros = microsFromMillis(60)

export function openOutput({ logger, level, isHttpServed, ownsStreams, clock }: OutputOptions): Output {
  if (logger && !isHttpServed && !ownsStreams) {
    const setup: LogSetup = { level: logger.level, lines: 'logger', console: 'node', tellsRuns: false }
    return { log: logger, setup, memory: new OutputMemory(), adminThread: undefined, close: async () => {} }
  }
  makeSocketsNonBlocking()
  const adminThread = new AdminThread({
    spawn: spawnAdmin,
    clock,
    logLevel: logger?.level ?? level,
    willServe: isHttpServed,
    onProblem: (text, error) => log.error(error ? { err: loggedError(error) } : {}, text),
    onDied: (died) => log.warn(died, 'the admin thread ended and will be started again'),
  })
  const { output, memory } = adminThread
  const log = logger ?? pino({ level }, { write: (line) => output.sendLine(line) })
  const release = ownsStreams ? captureStreams(output) : () => {}
  return {
    log,
    setup: {
      level: log.level,
      lines: logger ? 'logger' : 'admin_thread',
      console: 'admin_thread',
      tellsRuns: isHttpServed,
    },
    memory,
    adminThread,
    async close({ isForced } = { isForced: false }) {
      release()
      if (!isForced) await adminThread.close(CLOSE_WITHIN, 'exit')
      // The last resort of the command may end the process at any moment now.
      else await adminThread.close(FORCED_CLOSE_WITHIN, ownsStreams ? 'stay' : 'exit')
    },
  }
}

/** Node makes a socket non-blocking when it opens the stream; the admin thread relies on it, and cannot open a socket again itself. */
function makeSocketsNonBlocking(): void {
  for (const [fd, name] of [
    [1, 'stdout'],
    [2, 'stderr'],
  ] as const) {
    try {
      if (fstatSync(fd).isSocket()) void process[name].writable
    } catch {
      // It is closed.
    }
  }
}
