/**
 * The main thread's side of the guard thread: tells it of the signals that it handles, and has it end the process where
 * `process.exit()` would wait for a thread in native code.
 */
import { constants as system } from 'node:os'
import { Worker } from 'node:worker_threads'
import { EXIT_NOW, type GuardSetup, HANDLED, WORDS } from './guard-protocol.js'
import { closePipe, findSignalPipe } from './signal-pipe.js'

export interface LastResortOptions {
  readonly signals: readonly NodeJS.Signals[]
  /** What the process ends with after a second signal. */
  readonly exitCode: number
  /** Unit: milliseconds. From the second signal to the end of the process, at the most. */
  readonly graceMs: number
}

export class LastResort {
  readonly #words: Int32Array
  readonly #guard: Worker
  readonly #pipe: GuardSetup['pipe']

  /** Starts the guard thread. The listeners of the signals may be added before or after. */
  constructor({ signals, exitCode, graceMs }: LastResortOptions) {
    const memory = new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT)
    this.#words = new Int32Array(memory)
    this.#pipe = findSignalPipe()
    const numbers = signals.map((signal) => system.signals[signal])
    this.#guard = new Worker(new URL('../../../workers/guard.js', import.meta.url), {
      workerData: { pipe: this.#pipe, memory, signals: numbers, exitCode, graceMs } satisfies GuardSetup,
      // WASI is called experimental by Node: nobody who stops a program needs to read that.
      execArgv: ['--no-warnings'],
    })
    // Without its guard the program runs on, and a second signal is as good as process.exit() is.
    this.#guard.on('error', () => {})
    this.#guard.unref()
  }

  /** A signal was handled on the main thread. */
  handled(): void {
    Atomics.add(this.#words, HANDLED, 1)
    this.#guard.postMessage('signal')
  }

  /** Ends the process with the exit code, waiting for no thread. It goes on for some milliseconds. */
  exitNow(): void {
    Atomics.store(this.#words, EXIT_NOW, 1)
    this.#guard.postMessage('exit')
  }

  /** The program ends by itself. */
  async disarm(): Promise<void> {
    await this.#guard.terminate()
    if (this.#pipe) closePipe(this.#pipe)
  }
}
