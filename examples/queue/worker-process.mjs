/** An instance of the example that only works: `escapement run` as a process of its own, with `escapement.queue.offer` false. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))
const WARN = 40

export class WorkerProcess {
  #child
  #isReady = false
  #mayEnd = false
  /** What it wrote to standard error: a table of its timers, and why it could not start. */
  #errors = ''
  /** Resolves when it takes tickets; rejects when it ends before. */
  ready

  /** @param onLine called with each line of its log that a service has written, and with each warning. */
  constructor(name, module, settings, onLine) {
    this.name = name
    const set = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`])
    const child = spawn(process.execPath, [MAIN, 'run', module, '--no-http', ...set], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    process.on('exit', () => child.kill('SIGKILL'))
    child.stderr.on('data', (chunk) => {
      this.#errors += chunk
    })
    this.ready = new Promise((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (text) => {
        if (!text.startsWith('{')) return
        const line = JSON.parse(text)
        if (line.msg === 'ready') {
          this.#isReady = true
          resolve()
        } else if (line.service !== undefined || line.level >= WARN) onLine(this, line)
      })
      child.on('close', (code) => {
        if (this.#mayEnd) return
        const problem = `${name} ended with the code ${code}:\n${this.#errors}`
        if (this.#isReady) console.error(problem)
        else reject(new Error(problem))
      })
    })
  }

  get isUp() {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Ends it at once, in the middle of what it does. */
  kill() {
    return this.#end('SIGKILL')
  }

  /** Tells it to stop: it returns or finishes what it holds. Resolves when it has ended. */
  stop() {
    return this.#end('SIGTERM')
  }

  async #end(signal) {
    if (!this.isUp) return
    this.#mayEnd = true
    const exited = once(this.#child, 'exit')
    this.#child.kill(signal)
    await exited
  }
}
