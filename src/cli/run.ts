/** `escapement run`: starts a supervisor and stops it on a signal or at the end of `--for`. */
import { POSITIVE_SPAN, parseDuration } from '../define/options/durations.js'
import { StoppedError, UsageError } from '../kernel/errors.js'
import type { StopReport } from '../kernel/stop.js'
import { show } from '../kernel/suggest.js'
import { millisFromMicros } from '../kernel/time.js'
import { Supervisor } from '../supervisor.js'
import type { SupervisorOptions } from '../supervisor-options.js'
import { type ConfigFlags, readConfig } from './config.js'
import { EXIT } from './exit-codes.js'
import { LastResort } from './last-resort/last-resort.js'
import { WATCHED } from './watch/watched.js'

export interface RunFlags extends ConfigFlags {
  readonly host?: string
  readonly port?: string
  readonly http: boolean
  readonly for?: string
  readonly logLevel?: string
}

export async function run(modules: readonly string[], flags: RunFlags): Promise<number> {
  const lifetime = flags.for === undefined ? undefined : parseLifetime(flags.for)
  const http = httpFlags(flags)
  const level = flags.logLevel === undefined ? [] : [`escapement.log.level=${flags.logLevel}`]
  const config = await readConfig({ ...flags, set: [...(flags.set ?? []), ...level] })
  const supervisor = new Supervisor({ modules, config, ...(http !== undefined && { http }) }, 'command')
  const lastResort = new LastResort({ signals: SIGNALS, exitCode: EXIT.killedWork, graceMs: FORCED_GRACE_MS })
  const stopping = new StopOnSignal(supervisor, lastResort)
  stopWithWatcher(supervisor)
  try {
    await supervisor.start()
  } catch (error) {
    // A signal during the start is not a failure.
    if (!(error instanceof StoppedError)) {
      await lastResort.disarm()
      throw error
    }
    return end(await supervisor.stop(), supervisor, stopping, lastResort)
  }
  const { entrypointTable } = await import('./entrypoint-table.js')
  process.stderr.write(`${entrypointTable(supervisor.services)}\n`)
  if (supervisor.url) process.stderr.write(`metrics: ${supervisor.url}/metrics\n`)
  if (lifetime !== undefined)
    setTimeout(() => void supervisor.stop({ reason: `--for ${flags.for} is over` }), lifetime).unref()
  return end(await stopping.stopped, supervisor, stopping, lastResort)
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** From the second signal to the end of the process, at the most: time to give leases back, once. */
const FORCED_GRACE_MS = 800

/** How long the last lines may take when threads in native code are left. */
const LAST_LINES_MS = 250

/** How long what does not end by itself may keep the process. */
const LINGER_MS = 500

type Report = Pick<StopReport, 'killed' | 'alive'>

/** Everything has stopped, or will not: ends the process in a moment, and returns its exit code. */
async function end(
  { killed, alive }: Report,
  supervisor: Supervisor,
  { isForced }: StopOnSignal,
  lastResort: LastResort,
): Promise<number> {
  // The last of it: the state is written, and the admin thread ends, which writes the last lines.
  const closed = supervisor.stop()
  if (alive.length > 0) {
    // process.exit() would wait for these threads, which are in native code. No other thread may be ending meanwhile, nor the
    // main thread: the process would be taken down from two sides at once.
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, LAST_LINES_MS))])
    lastResort.exitNow()
    await new Promise((resolve) => setTimeout(resolve, LINGER_MS))
  }
  const { isStateLost } = await closed
  await lastResort.disarm()
  // Open handles of client libraries must not keep the process alive.
  setTimeout(() => process.exit(), LINGER_MS).unref()
  if (isForced || killed.length > 0) return EXIT.killedWork
  return isStateLost ? EXIT.stateLost : EXIT.clean
}

/** Unit: milliseconds. How often a process that is run by `--watch` looks whether that is still there. */
const WATCHER_LOOK_MS = 1_000

/** Stops the supervisor when the `escapement run --watch` that has started this process was killed: nobody else would. */
function stopWithWatcher(supervisor: Supervisor): void {
  if (process.env[WATCHED] === undefined) return
  delete process.env[WATCHED]
  const watcher = process.ppid
  const looking = setInterval(() => {
    if (process.ppid === watcher) return
    clearInterval(looking)
    void supervisor.stop({ reason: 'the process that watches for changes is gone' })
  }, WATCHER_LOOK_MS)
  looking.unref()
}

/** Stops the supervisor on the first signal; on the second one it waits for neither runs nor calls. */
class StopOnSignal {
  readonly stopped: Promise<Report>
  #signals = 0

  constructor(supervisor: Supervisor, lastResort: LastResort) {
    this.stopped = new Promise((resolve) => void supervisor.on('stopped', resolve))
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        this.#signals++
        lastResort.handled()
        void supervisor.stop({ reason: `received ${signal}`, force: this.isForced })
      })
    }
  }

  get isForced(): boolean {
    return this.#signals > 1
  }
}

function httpFlags({ http, host, port }: RunFlags): SupervisorOptions['http'] {
  if (!http) return false
  if (host === undefined && port === undefined) return undefined
  const number = Number(port)
  if (port !== undefined && !(Number.isInteger(number) && number >= 0 && number <= 65_535)) {
    throw new UsageError('ERR_USAGE', `--port ${port}: expected a port number from 0 to 65535 (0 chooses a free port)`)
  }
  return { ...(host !== undefined && { host }), ...(port !== undefined && { port: number }) }
}

function parseLifetime(text: string): number {
  const parsed = parseDuration(text, POSITIVE_SPAN)
  if ('value' in parsed) return millisFromMicros(parsed.value)
  throw new UsageError('ERR_USAGE', `--for ${show(text)}: expected a duration such as 30s or 5m`)
}
