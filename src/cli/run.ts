/** `escapement run`: starts a supervisor and stops it on a signal or at the end of `--for`. */
import ms, { type StringValue } from 'ms'
import { StoppedError, UsageError } from '../kernel/errors.js'
import { show } from '../kernel/suggest.js'
import { Supervisor } from '../supervisor.js'
import type { SupervisorOptions } from '../supervisor-options.js'
import { type ConfigFlags, readConfig } from './config.js'
import { EXIT } from './exit-codes.js'

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
  const supervisor = new Supervisor({ modules, config, ...(http !== undefined && { http }) })
  const stopped = stopOnSignal(supervisor)
  try {
    await supervisor.start()
  } catch (error) {
    // A signal during the start is not a failure.
    if (!(error instanceof StoppedError)) throw error
    const { killed } = await supervisor.stop()
    return killed.length > 0 ? EXIT.killedWork : EXIT.clean
  }
  const { entrypointTable } = await import('./entrypoint-table.js')
  process.stderr.write(`${entrypointTable(supervisor.services)}\n`)
  if (supervisor.url) process.stderr.write(`metrics: ${supervisor.url}/metrics\n`)
  if (lifetime !== undefined)
    setTimeout(() => void supervisor.stop({ reason: `--for ${flags.for} is over` }), lifetime).unref()
  const { killed } = await stopped
  // Everything has stopped. Open handles of client libraries must not keep the process alive.
  setTimeout(() => process.exit(), LINGER_MS).unref()
  return killed.length > 0 ? EXIT.killedWork : EXIT.clean
}

const LINGER_MS = 500

/** Resolves when the supervisor has stopped. After a second signal it waits for neither runs nor calls. */
function stopOnSignal(supervisor: Supervisor): Promise<{ readonly killed: readonly string[] }> {
  let signals = 0
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      void supervisor.stop({ reason: `received ${signal}`, force: ++signals > 1 })
    })
  }
  return new Promise((resolve) => void supervisor.on('stopped', resolve))
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
  const millis = ms(text as StringValue)
  if (millis === undefined || !(millis > 0)) {
    throw new UsageError('ERR_USAGE', `--for ${show(text)}: expected a duration such as 30s or 5m`)
  }
  return millis
}
