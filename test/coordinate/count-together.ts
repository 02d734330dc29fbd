/** Several contenders count in one file, each in a process of its own, or in this one where a store is no wider than that. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CoordinationStore } from '../../src/coordinate/ports.js'
import { type Contest, contend } from './contend.js'

const CONTENDERS = 3
const ROUNDS = 30

export async function countTogether(
  settings: Omit<Contest, 'file' | 'rounds'>,
  { isShared, open }: { readonly isShared: boolean; readonly open: () => Promise<CoordinationStore> },
): Promise<{ readonly counted: number; readonly expected: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'escapement-count-'))
  try {
    const contest = { ...settings, rounds: ROUNDS, file: join(folder, 'count') }
    await writeFile(contest.file, '0')
    await (isShared ? contendInProcesses(contest) : contendHere(contest, open))
    return { counted: Number(await readFile(contest.file, 'utf8')), expected: CONTENDERS * ROUNDS }
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function contendHere(contest: Contest, open: () => Promise<CoordinationStore>): Promise<void> {
  await Promise.all(Array.from({ length: CONTENDERS }, async () => contend(await open(), contest)))
}

async function contendInProcesses(contest: Contest): Promise<void> {
  const contenders = Array.from({ length: CONTENDERS }, () => startContender(contest))
  try {
    await Promise.all(contenders.map((contender) => answerOf(contender, 'message')))
    const ends = contenders.map((contender) => answerOf(contender, 'exit'))
    for (const contender of contenders) contender.send('go')
    await Promise.all(ends)
  } finally {
    for (const contender of contenders) contender.kill('SIGKILL')
  }
}

function startContender(contest: Contest): ChildProcess {
  const program = fileURLToPath(new URL('contender.ts', import.meta.url))
  return fork(program, [JSON.stringify(contest)], { execArgv: ['--import', 'tsx'] })
}

/** Rejects when it ends with an error. */
async function answerOf(contender: ChildProcess, event: 'message' | 'exit'): Promise<void> {
  const settled = new AbortController()
  const { signal } = settled
  const exit = once(contender, 'exit', { signal }).then(([code]) => {
    if (code !== 0 || event === 'message') throw new Error(`a contender ended with ${code}`)
  })
  try {
    await (event === 'exit' ? exit : Promise.race([exit, once(contender, 'message', { signal })]))
  } finally {
    exit.catch(() => {})
    settled.abort()
  }
}
