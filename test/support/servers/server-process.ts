/** Runs a real server on a free port of this machine, with its own folder, until the tests end. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { chown, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isStopped } from '../is-stopped.js'

export interface ServerRecipe {
  readonly name: string
  readonly program: string
  readonly args: (port: number, folder: string, otherPort: number) => readonly string[]
  /** Called before the first start, for example to create the data folder. */
  readonly prepare?: (folder: string) => Promise<void>
  /** Resolves when the server answers, else rejects. */
  readonly probe: (port: number) => Promise<unknown>
  readonly url: (port: number) => string
  /** The signal for an orderly stop. Default: SIGTERM. */
  readonly stopSignal?: NodeJS.Signals
  /** The user that it runs as. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined
}

const START_DEADLINE_MS = 30_000
const STOP_DEADLINE_MS = 10_000
const START_ATTEMPTS = 3

export class TestServer {
  readonly url: string
  readonly port: number
  readonly #recipe: ServerRecipe
  readonly #folder: string
  readonly #otherPort: number
  #child: ChildProcess | undefined
  #output = ''
  readonly #killOnExit = () => this.#child?.kill('SIGKILL')

  private constructor(recipe: ServerRecipe, folder: string, port: number, otherPort: number) {
    this.#recipe = recipe
    this.#folder = folder
    this.port = port
    this.#otherPort = otherPort
    this.url = recipe.url(port)
  }

  /** Of the process that runs now. */
  get pid(): number {
    return this.#child!.pid!
  }

  /** Resolves when the server answers. */
  static async start(recipe: ServerRecipe): Promise<TestServer> {
    const folder = await mkdtemp(join(tmpdir(), `escapement-${recipe.name}-`))
    try {
      if (recipe.user) await chown(folder, recipe.user.uid, recipe.user.gid)
      await recipe.prepare?.(folder)
      for (let attempt = 1; ; attempt++) {
        // Another program may take the port before the server does.
        const server = new TestServer(recipe, folder, await freePort(), await freePort())
        try {
          await server.#run()
          process.on('exit', server.#killOnExit)
          return server
        } catch (error) {
          await server.#end()
          if (attempt === START_ATTEMPTS) throw error
        }
      }
    } catch (error) {
      await rm(folder, { recursive: true, force: true })
      throw error
    }
  }

  /** Stops the server and removes its folder. */
  async stop(): Promise<void> {
    await this.#end()
    process.off('exit', this.#killOnExit)
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** Stops the server in good order and keeps its data. */
  async shutDown(): Promise<void> {
    await this.#end()
  }

  /** Starts the server again on the same port with its data; stops it first if it runs. */
  async restart(): Promise<void> {
    await this.#end()
    await this.#run()
  }

  /** Starts the server again on the same port without its data. */
  async restartEmpty(): Promise<void> {
    await this.#end()
    const { user, prepare } = this.#recipe
    await rm(this.#folder, { recursive: true, force: true })
    await mkdir(this.#folder)
    if (user) await chown(this.#folder, user.uid, user.gid)
    await prepare?.(this.#folder)
    await this.#run()
  }

  /** Freezes the server: the kernel accepts connections and requests, but the server answers none. */
  async pause(): Promise<void> {
    const pid = this.#child!.pid!
    process.kill(pid, 'SIGSTOP')
    await untilStopped(pid)
    for (const child of await childrenOf(pid)) {
      signal(child, 'SIGSTOP')
      await untilStopped(child)
    }
  }

  async resume(): Promise<void> {
    const pid = this.#child!.pid!
    for (const child of await childrenOf(pid)) signal(child, 'SIGCONT')
    process.kill(pid, 'SIGCONT')
  }

  async #run(): Promise<void> {
    const { program, args, user, probe, name } = this.#recipe
    this.#output = ''
    const child = spawn(program, args(this.port, this.#folder, this.#otherPort), {
      cwd: this.#folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...user,
    })
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        this.#output = (this.#output + chunk).slice(-4_000)
      })
    }
    child.on('error', (error) => {
      this.#output += error
    })
    const deadline = Date.now() + START_DEADLINE_MS
    for (;;) {
      if (hasEnded(child)) throw new Error(`${name} did not start:\n${this.#output}`)
      try {
        return void (await probe(this.port))
      } catch (error) {
        if (Date.now() > deadline) throw new Error(`${name} does not answer:\n${this.#output}`, { cause: error })
        await sleep(50)
      }
    }
  }

  async #end(): Promise<void> {
    const child = this.#child
    if (!child || hasEnded(child)) return
    const ended = once(child, 'exit')
    await this.resume()
    child.kill(this.#recipe.stopSignal ?? 'SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS)
    await ended
    clearTimeout(timer)
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}

/** Sends a signal to the process unless it has ended meanwhile. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {}
}

/**
 * Resolves when no thread of a process runs any longer. On a busy machine the other threads of a process go on until one of them has
 * taken the signal SIGSTOP.
 */
async function untilStopped(pid: number): Promise<void> {
  const deadline = Date.now() + STOP_DEADLINE_MS
  while (!isStopped(pid)) {
    if (Date.now() > deadline) throw new Error(`process ${pid} goes on after SIGSTOP`)
    await sleep(1)
  }
}

async function childrenOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => [])
  const lists = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '')),
  )
  return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number))
}

/**
 * A free port below the range that the system uses for outgoing connections, so that the port is free when the server is started
 * again. `fetch` refuses some ports that are reserved for protocols, but none in this range.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer()
    const port = randomInt(20_000, 32_000)
    const isFree = new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
    })
    if (await isFree) return port
  }
}
