/** The processes of one measurement: they run until all together have measured enough. */
import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { PROGRAMS } from '../turns.js'

/** How many tickets a process runs at a time: threads of the engine, concurrency of the plain worker. */
export const THREADS = 2

/** Much longer than any measurement: it catches a process that waits for ever. */
const LONGEST_MS = 180_000

/** One process. */
export interface Member {
  readonly program: 'engine' | 'plain'
  readonly role: 'worker' | 'scheduler'
  readonly service: 'jobs' | 'beats'
  readonly url: string
  readonly namespace: string
  /** How much each run of `jobs` hashes; 0: it is a no-op. */
  readonly megabytes: number
}

/** What the processes send: how many numbers they have, and in the end the numbers. */
type Message = { readonly count: number } | { readonly numbers: readonly number[] }

/**
 * Resolves with the numbers of each process when all have stopped, which they do when they have `enough` numbers together. Rejects when
 * one of them ends before.
 *
 * @param most for how many numbers a process has memory
 */
export async function runFleet(
  members: readonly Member[],
  enough: number,
  most: number,
): Promise<readonly (readonly number[])[]> {
  const children = members.map((member) => start(member, most))
  let cancel = () => {}
  const tooLong = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new Error(`not measured within ${LONGEST_MS} ms`)), LONGEST_MS)
    cancel = () => clearTimeout(timer)
  })
  try {
    return await Promise.race([numbersOf(children, enough), tooLong])
  } finally {
    cancel()
    for (const child of children) child.kill('SIGKILL')
  }
}

function start(member: Member, most: number): ChildProcess {
  return fork(join(PROGRAMS, 'queue', `${member.program}.mjs`), [JSON.stringify({ ...member, most })], {
    // Standard output is for the rows.
    stdio: ['ignore', 2, 2, 'ipc'],
    env: { ...process.env, QUEUE_THREADS: String(THREADS) },
    execArgv: [],
  })
}

function numbersOf(children: readonly ChildProcess[], enough: number): Promise<readonly (readonly number[])[]> {
  const counts = children.map(() => 0)
  const results = new Map<number, readonly number[]>()
  let isEnough = false
  return new Promise((resolve, reject) => {
    for (const [index, child] of children.entries()) {
      child.on('error', reject)
      child.on('exit', (code) => {
        const judge = () => {
          if (!results.has(index)) reject(new Error(`${child.spawnargs.join(' ')} ended with the code ${code}`))
        }
        // What it sent last may not have been read.
        if (child.connected) child.once('disconnect', judge)
        else judge()
      })
      child.on('message', (message: Message) => {
        if ('numbers' in message) {
          results.set(index, message.numbers)
          if (results.size === children.length) resolve(children.map((_, at) => results.get(at)!))
          return
        }
        counts[index] = message.count
        if (isEnough || counts.reduce((sum, count) => sum + count, 0) < enough) return
        isEnough = true
        for (const each of children) each.send('enough')
      })
    }
  })
}
