/** One process of `escapement run`, with what it says and what is done to it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ControlAction } from '../../../src/kernel/control.js'
import { isStopped } from '../../support/is-stopped.js'
import { EventLog, PATIENCE_MS } from './event-log.js'
import type { Entry, LedgerReading, Nanos, ProcessEntry } from './history.js'
import { ledgersIn } from './ledgers.js'
import { type LogLine, nanosOfLine, told } from './log-lines.js'

const MAIN = fileURLToPath(new URL('../../../dist/src/cli/main.js', import.meta.url))

/** None outlives the tests. */
const RUNNING = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of RUNNING) child.kill('SIGKILL')
})

export interface InstanceOptions {
  /** Unique to this start of this process. */
  readonly name: string
  readonly modules: readonly string[]
  /** `key=value`, as for `--set`. */
  readonly settings: readonly string[]
  /** A module that is loaded before everything else. */
  readonly preload?: string | undefined
  readonly eventLog: EventLog<Entry>
}

export class Instance {
  readonly name: string
  readonly lines = new EventLog<LogLine>()
  readonly #eventLog: EventLog<Entry>
  readonly #process: ChildProcess
  readonly #exited: Promise<void>
  readonly #metricsUrl: Promise<string>
  #errors = ''
  #killed = false

  constructor({ name, modules, settings, preload, eventLog }: InstanceOptions) {
    this.name = name
    this.#eventLog = eventLog
    const args = [
      ...(preload === undefined ? [] : ['--import', preload]),
      ...[MAIN, 'run', ...modules, '--port', '0', '--log-level', 'debug'],
      ...settings.flatMap((setting) => ['--set', setting]),
    ]
    this.#process = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    RUNNING.add(this.#process)
    createInterface(this.#process.stdout!).on('line', (line) => this.#hear(line))
    this.#metricsUrl = new Promise((resolve) => {
      createInterface(this.#process.stderr!).on('line', (line) => {
        this.#errors += `${line}\n`
        const url = /^metrics: (\S+)/.exec(line)?.[1]
        if (url) resolve(url)
      })
    })
    this.#exited = once(this.#process, 'close').then(() => {
      RUNNING.delete(this.#process)
      this.#note(this.#killed ? 'killed' : 'exited')
    })
  }

  get hasExited(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null
  }

  /** The exit code; null while it runs, and when a signal ended it. */
  get exitCode(): number | null {
    return this.#process.exitCode
  }

  /** Whether it has the lease, by what it said last. */
  get leads(): boolean {
    const line = this.lines.items.findLast(({ msg }) => msg === 'lease acquired' || isLeaseOver(msg))
    return line?.msg === 'lease acquired' && !this.hasExited
  }

  /** The first line that will do, of those there are or of those to come. */
  says(what: string, willDo: (line: LogLine) => boolean, deadlineMs?: number): Promise<LogLine> {
    return this.#unlessEnded(what, this.lines.first(`${this.name} says ${what}`, willDo, deadlineMs))
  }

  /** Resolves when its first tick is armed and its metrics are served. */
  async ready(): Promise<void> {
    await this.says('ready', ({ msg }) => msg === 'ready')
    await this.#unlessEnded('where its metrics are', this.#metricsUrl)
  }

  /** Whether all of its threads are stopped. */
  get isStopped(): boolean {
    return isStopped(this.#process.pid!)
  }

  freeze(): Nanos {
    const at = this.#note('frozen')
    this.#process.kill('SIGSTOP')
    return at
  }

  /** It is noted before the process goes on: what that does first comes later than the note. */
  thaw(): Nanos {
    const at = this.#note('thawed')
    this.#process.kill('SIGCONT')
    return at
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name)
  }

  /** Returns when that was; resolves when it is gone. */
  async kill(): Promise<Nanos> {
    const at = process.hrtime.bigint()
    this.#killed = true
    this.#process.kill('SIGKILL')
    await this.#exited
    return at
  }

  /** Asks it to stop in good order; resolves when it has. */
  async terminate(): Promise<Nanos> {
    const at = process.hrtime.bigint()
    this.#process.kill('SIGTERM')
    await this.#exited
    return at
  }

  /** The ledgers of all its entrypoints. */
  async ledgers(): Promise<LedgerReading[]> {
    return ledgersIn(await this.metrics(), this.name)
  }

  /** The text of its metrics. */
  async metrics(): Promise<string> {
    return (await fetch(await this.#metricsUrl, { signal: AbortSignal.timeout(PATIENCE_MS) })).text()
  }

  /** Asks it over HTTP to do something. `token`: its `escapement.http.token`. */
  async control(action: ControlAction, entrypoint: string, token: string): Promise<void> {
    const url = new URL(`/api/entrypoints/${encodeURIComponent(entrypoint)}/${action}`, await this.#metricsUrl)
    const headers = { authorization: `Bearer ${token}` }
    const response = await fetch(url, { method: 'POST', headers, signal: AbortSignal.timeout(PATIENCE_MS) })
    if (!response.ok) throw new Error(`${this.name} does not ${action} ${entrypoint}: ${await response.text()}`)
  }

  #unlessEnded<Answer>(what: string, answer: Promise<Answer>): Promise<Answer> {
    const ended = this.#exited.then((): never => {
      throw new Error(`${this.name} ended without saying ${what}:\n${this.#errors}`)
    })
    // One of them comes second, and is not waited for any more.
    for (const promise of [answer, ended]) promise.catch(() => {})
    return Promise.race([answer, ended])
  }

  #hear(text: string): void {
    if (!text.startsWith('{')) return
    const line: LogLine = JSON.parse(text)
    this.lines.add(line)
    for (const entry of told(this.name, line)) this.#eventLog.add(entry)
    if (line.msg === 'ready') this.#note('started', nanosOfLine(line))
    if (line.msg === 'stopping') this.#note('stopping', nanosOfLine(line))
  }

  #note(kind: ProcessEntry['kind'], at = process.hrtime.bigint()): Nanos {
    this.#eventLog.add({ kind, instance: this.name, at })
    return at
  }
}

function isLeaseOver(msg: string): boolean {
  return msg === 'lease lost' || msg === 'lease released'
}
