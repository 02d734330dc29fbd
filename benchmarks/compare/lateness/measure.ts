/** Measures one peer beside one load: starts its program and what disturbs it, and judges what the program has recorded. */
import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { LatenessBlock, Load } from './contract.js'
import { judge } from './judge.js'
import { hasStarted, observed } from './observe.js'
import { signalTree, usageOf } from './process-tree.js'
import { type DrivenPeer, END_AFTER_MS } from './programs.js'
import { startServer } from './servers.js'
import { wallOffset } from './wall-clock.js'

export { MissingServer } from './servers.js'

const START_DEADLINE_MS = 60_000
const SUSPENDED_MS = 3_000
/** How long a start may be late and still be seen: the due moments at the end of the block have to have it, too. */
const GRACE_MS = 1_000
/** The due moments of the wall clock are not known better than this. */
const MOST_CLOCK_CHANGE = 2_000_000n
const OUTPUT_KEPT = 4_000

/** How long the program is measured, and how long it runs before that, from its first run on. */
export interface Times {
  readonly warmUpSeconds: number
  readonly seconds: number
}

/** Rejects with MissingServer when the peer needs a server that is not installed. */
export async function measureLateness(
  peer: DrivenPeer,
  load: Load,
  { warmUpSeconds, seconds }: Times,
): Promise<LatenessBlock> {
  const server = await startServer(peer.program)
  const folder = mkdtempSync(join(memoryFolder(), 'escapement-lateness-'))
  const files = { records: join(folder, 'records'), go: join(folder, 'go') }
  writeFileSync(files.records, '')
  const burners = load.disturbance === 'burning' ? startBurners() : []
  const program = start(peer, load, files, server?.url)
  try {
    await program.firstRun(() => hasStarted(readFileSync(files.records)))
    await sleep(warmUpSeconds * 1_000)
    return await measureBlock({
      load,
      seconds,
      files,
      program,
      roots: server ? [program.pid, server.pid] : [program.pid],
    })
  } finally {
    program.kill()
    for (const burner of burners) burner.kill('SIGKILL')
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Files {
  readonly records: string
  /** Exists from the begin of the block. */
  readonly go: string
}

interface Setup {
  readonly load: Load
  readonly seconds: number
  readonly files: Files
  readonly program: RunningProgram
  /** Whose resources are counted. */
  readonly roots: readonly number[]
}

async function measureBlock({ load, seconds, files, program, roots }: Setup): Promise<LatenessBlock> {
  const offset = wallOffset()
  const before = usageOf(roots)
  const begin = process.hrtime.bigint()
  writeFileSync(files.go, '')
  if (load.disturbance === 'suspended') await suspend(program, (seconds * 1_000 - SUSPENDED_MS) / 2)
  await sleep(seconds * 1_000 - Number(process.hrtime.bigint() - begin) / 1e6)
  const end = process.hrtime.bigint()
  const after = usageOf(roots)
  await sleep(GRACE_MS)
  program.throwIfEnded()
  const change = wallOffset() - offset
  if (change > MOST_CLOCK_CHANGE || change < -MOST_CLOCK_CHANGE) {
    throw new Error(`the wall clock has moved by ${Number(change) / 1e6} ms during the block: measure again`)
  }
  const span = { intervalMs: load.intervalMs, begin, end, wallOffset: offset }
  return {
    ...judge(observed(readFileSync(files.records), span)),
    seconds: Number(end - begin) / 1e9,
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    rssMb: after.rssMb,
  }
}

async function suspend(program: RunningProgram, afterMs: number): Promise<void> {
  await sleep(afterMs)
  signalTree(program.pid, 'SIGSTOP')
  await sleep(SUSPENDED_MS)
  signalTree(program.pid, 'SIGCONT')
}

interface RunningProgram {
  readonly pid: number
  /** Resolves when `isThere` returns true; rejects when the program ends before. */
  firstRun(isThere: () => boolean): Promise<void>
  throwIfEnded(): void
  kill(): void
}

function start({ name, program }: DrivenPeer, load: Load, files: Files, serverUrl?: string): RunningProgram {
  const settings = {
    intervalMs: load.intervalMs,
    disturbance: load.disturbance,
    file: files.records,
    go: files.go,
    variant: program.variant,
    serverUrl,
    endAfterMs: END_AFTER_MS,
  }
  const child = spawn(process.execPath, program.args(load), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, COMPARE_LATENESS: JSON.stringify(settings) },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output = (output + chunk).slice(-OUTPUT_KEPT)
    })
  }
  const throwIfEnded = () => {
    if (child.exitCode === null && child.signalCode === null) return
    throw new Error(`the program of ${name} has ended (${child.exitCode ?? child.signalCode}):\n${output}`)
  }
  return {
    pid: child.pid!,
    throwIfEnded,
    async firstRun(isThere) {
      const deadline = Date.now() + START_DEADLINE_MS
      while (!isThere()) {
        throwIfEnded()
        if (Date.now() > deadline)
          throw new Error(`the job of ${name} has not run in ${START_DEADLINE_MS} ms:\n${output}`)
        await sleep(20)
      }
    },
    kill: () => signalTree(child.pid!, 'SIGKILL'),
  }
}

/** One for each core, in processes of their own. */
function startBurners(): ChildProcess[] {
  const path = fileURLToPath(new URL('programs/burner.mjs', import.meta.url))
  return Array.from({ length: availableParallelism() }, () => spawn(process.execPath, [path], { stdio: 'ignore' }))
}

/** A folder whose files are kept in memory, where the system has one. */
function memoryFolder(): string {
  try {
    accessSync('/dev/shm', constants.W_OK)
    return '/dev/shm'
  } catch {
    return tmpdir()
  }
}
