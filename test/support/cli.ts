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
  readonly #watchers = new Set<() => void>()

  constructor(
    args: readonly string[],
    { cwd, env, program = MAIN }: { cwd?: string; env?: Record<string, string>; program?: string } = {},
  ) {
    this.process = spawn(process.execPath, [program, ...args], { cwd, env: { ...process.env, ...env } })
    this.process.stdout!.on('data', (chunk) => this.#take('stdout', chunk))
    this.process.stderr!.on('data', (chunk) => this.#take('stderr', chunk))
    this.exited = new Promise((resolve) => {
      this.process.on('close', (code) => {
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
        const isOver = this.process.exitCode !== null
        if (!match && !isOver) return
        this.#watchers.delete(look)
        if (match) resolve(match)
        else reject(new Error(`ended without ${wanted} on ${stream}:\n${this.stdout}\n${this.stderr}`))
      }
      this.#watchers.add(look)
      look()
    })
  }

  /** The log lines so far. */
  get log(): Record<string, unknown>[] {
    return this.stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line))
  }

  #take(stream: 'stdout' | 'stderr', chunk: Buffer): void {
    this[stream] += chunk.toString()
    for (const watcher of this.#watchers) watcher()
  }
}

export function cli(...args: string[]): Cli {
  return new Cli(args)
}
