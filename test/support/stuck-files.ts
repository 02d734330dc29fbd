/**
 * Ends a test file that never ends. A test that computes for ever, or whose process was stopped, is beyond vitest's time-outs: vitest
 * would wait for it until somebody ends the whole run, and would not say for which file it waited.
 *
 * On Linux the process of the file is killed, so the run goes on and fails. Elsewhere the run is over.
 */
import { readdirSync, readFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'

/** The longest file takes three minutes on an idle machine with two cores. */
const LIMIT_MS = 12 * 60_000

interface WorkerProcess {
  readonly pid: number
  /** As the kernel tells it: R runs, S sleeps, T is stopped. */
  readonly state: string
  readonly seconds: number
}

export class StuckFiles implements Reporter {
  readonly #limitMs: number
  readonly #running = new Map<string, NodeJS.Timeout>()

  constructor({ limitMs = LIMIT_MS }: { limitMs?: number } = {}) {
    this.#limitMs = limitMs
  }

  onTestModuleQueued({ moduleId, relativeModuleId }: TestModule): void {
    const timer = setTimeout(() => this.#end(relativeModuleId), this.#limitMs)
    timer.unref()
    this.#running.set(moduleId, timer)
  }

  onTestModuleEnd({ moduleId }: TestModule): void {
    clearTimeout(this.#running.get(moduleId))
    this.#running.delete(moduleId)
  }

  onTestRunEnd(): void {
    for (const timer of this.#running.values()) clearTimeout(timer)
  }

  /** Each file has a process of its own, which is as old as the file has run. */
  #end(file: string): void {
    console.error(`${file} has not ended after ${this.#limitMs / 1_000} s: it is ended, and the run fails.`)
    if (process.platform !== 'linux') process.exit(1)
    const old = workerProcesses().filter(({ seconds }) => seconds * 1_000 >= this.#limitMs - 1_000)
    for (const { pid, state, seconds } of old) {
      console.error(
        `  process ${pid}, ${Math.round(seconds)} s old, state ${state} (R computes, S waits, T was stopped)`,
      )
      process.kill(pid, 'SIGKILL')
    }
  }
}

function workerProcesses(): WorkerProcess[] {
  const upSeconds = Number.parseFloat(readFileSync('/proc/uptime', 'utf8'))
  const numbers = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return numbers.flatMap((pid) => {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('workers/forks.js')) return []
      // What follows the name of the program: state, parent ... and as the 20th the start, in hundredths of a second since boot.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')
      const seconds = upSeconds - Number(fields[19]) / 100
      return Number(fields[1]) === process.pid ? [{ pid: Number(pid), state: fields[0]!, seconds }] : []
    } catch {
      // It has ended meanwhile.
      return []
    }
  })
}
