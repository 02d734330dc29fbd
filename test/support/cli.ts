/** Starts the compiled `escapement` as a child process. */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

export const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))

export interface CliResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export class Cli {
  readonly process: ChildProcess
  readonly exited: Promise<CliResult>
  stdout = ''
  stderr = ''
  /** Whether it has ended and all of its output was read. */
  #isClosed = false
  readonly #watchers = new Set<() => void>()

  constructor(
    args: readonly string[],
    { cwd, env, program = MAIN }: { cwd?: string; env?: Record<string, string>; program?: string } = {},
  ) {
    this.process = spawn(process.execPath, [program, ...args], { cwd, env: { ...process.env, ...env } })
    for (const stream of ['stdout', 'stderr'] as const) {
      this.process[stream]!.setEncoding('utf8').on('data', (text) => this.#take(stream, text))
    }
    this.exited = new Promise((resolve) => {
      this.process.on('close', (code) => {
        this.#isClosed = true
        resolve({ code, stdout: this.stdout, stderr: this.stderr })
        for (const watcher of this.#watchers) watcher()
      })
    })
    onTestFinished(async () => {
      this.process.kill('SIGKILL')
      await this.exited
    })
  }

  /** Waits until the output contains a text; when the program ends first, throws an error with the output. */
  output(stream: 'stdout' | 'stderr', wanted: RegExp): Promise<RegExpMatchArray> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const match = this[stream].match(wanted)
        if (!match && !this.#isClosed) return
        this.#watchers.delete(look)
        if (match) resolve(match)
        else reject(new Error(`ended without ${wanted} on ${stream}:\n${this.stdout}\n${this.stderr}`))
      }
      this.#watchers.add(look)
      look()
    })
  }

  /** The log lines so far. The last one may not be there in full yet. */
  get log(): Record<string, unknown>[] {
    return this.stdout
      .slice(0, this.stdout.lastIndexOf('\n') + 1)
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line))
  }

  #take(stream: 'stdout' | 'stderr', text: string): void {
    this[stream] += text
    for (const watcher of this.#watchers) watcher()
  }
}

export function cli(...args: string[]): Cli {
  return new Cli(args)
}
