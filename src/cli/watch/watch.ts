/**
 * `escapement run --watch`: runs the services in a process of their own, and starts it again when a module or the configuration changes.
 *
 *     running -- a file changed --> stopping -- it ended --> running
 *     running -- it failed --> waiting -- a file changed --> running
 *     running, stopping -- signal --> ending -- it ended --> over
 *     running -- it ended by itself, without a failure --> over
 *     waiting -- signal --> over
 *
 * 1. At most one process runs the services: the next one is started when the end of the one before has been seen.
 * 2. A change stops the process in good order: runs may end within `escapement.shutdown.drain`.
 * 3. Each signal reaches the process once: it is in a group of its own, so a terminal signals only this process, which passes it on.
 * 4. The exit code is that of the last process.
 * 5. The process stops by itself when this one is killed.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { constants as system } from 'node:os'
import { relative } from 'node:path'
import { systemClock } from '../../kernel/clock.js'
import { EXIT } from '../exit-codes.js'
import { FileWatch } from './file-watch.js'
import { importedFiles } from './imported-files.js'
import { WATCHED } from './watched.js'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

type State =
  | { readonly name: 'running' | 'stopping' | 'ending'; readonly child: ChildProcess }
  | { readonly name: 'waiting'; readonly exitCode: number }
  | { readonly name: 'over' }

/** `files`: of the modules and the configuration. `args`: the command line of the process to run, without `--watch`. */
export function watch(files: readonly string[], args: readonly string[]): Promise<number> {
  return new Promise((resolve) => new Watch(files, args, resolve).start())
}

class Watch {
  readonly #files: readonly string[]
  readonly #args: readonly string[]
  readonly #onOver: (exitCode: number) => void
  readonly #watch = new FileWatch(systemClock(), (changed) => this.#changed(changed))
  #state: State = { name: 'waiting', exitCode: EXIT.clean }

  constructor(files: readonly string[], args: readonly string[], onOver: (exitCode: number) => void) {
    this.#files = files
    this.#args = args
    this.#onOver = onOver
  }

  start(): void {
    for (const signal of SIGNALS) process.on(signal, () => this.#signalled(signal))
    this.#spawn()
  }

  #spawn(): void {
    this.#watch.watch(importedFiles(this.#files, { isFile, read }))
    const child = spawn(process.execPath, [...process.execArgv, ...this.#args], {
      stdio: 'inherit',
      detached: true,
      env: { ...process.env, [WATCHED]: 'yes' },
    })
    this.#state = { name: 'running', child }
    child.once('error', (error) => {
      say(`cannot start the process: ${error.message}`)
      this.#ended(EXIT.internal)
    })
    child.once('exit', (code, signal) => this.#ended(code ?? 128 + system.signals[signal!]))
  }

  #changed(files: readonly string[]): void {
    const state = this.#state
    if (state.name !== 'running' && state.name !== 'waiting') return
    say(`${files.map((file) => relative('', file)).join(', ')} changed: starting again`)
    if (state.name === 'waiting') {
      this.#spawn()
      return
    }
    this.#state = { name: 'stopping', child: state.child }
    state.child.kill('SIGTERM')
  }

  #ended(exitCode: number): void {
    const { name } = this.#state
    if (name === 'stopping') this.#spawn()
    else if (name === 'ending' || exitCode === EXIT.clean) this.#end(exitCode)
    else if (name === 'running') {
      this.#state = { name: 'waiting', exitCode }
      say(`it ended with exit code ${exitCode}: waiting for a file to change`)
    }
  }

  #signalled(signal: NodeJS.Signals): void {
    const state = this.#state
    if (state.name === 'waiting') this.#end(state.exitCode)
    else if (state.name !== 'over') {
      this.#state = { name: 'ending', child: state.child }
      state.child.kill(signal)
    }
  }

  #end(exitCode: number): void {
    this.#state = { name: 'over' }
    this.#watch.close()
    this.#onOver(exitCode)
  }
}

function say(text: string): void {
  process.stderr.write(`watch: ${text}\n`)
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
