/** A second signal ends `escapement run` with 75, whatever its threads do. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Cli, MAIN } from '../support/cli.js'

const STUCK = fileURLToPath(new URL('../fixtures/services/stuck.mjs', import.meta.url))
const BLOCK_MAIN = new URL('../fixtures/block-main.mjs', import.meta.url).href

/** Far beyond the second that is promised, and below the 25 s of the shortest of the blocked threads. */
const DEADLINE_MS = 15_000

const args = (way: string) => [
  'run',
  STUCK,
  '--no-http',
  '--set',
  `WAY=${way}`,
  '--set',
  'escapement.shutdown.drain=1h',
]

async function exitCodeWithin(exited: Promise<{ code: number | null }>, what: string): Promise<number | null> {
  const late = new Promise<never>((_resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the process had not ended: ${what}`)), DEADLINE_MS)
    onTestFinished(() => clearTimeout(timer))
  })
  return (await Promise.race([exited, late])).code
}

describe('a second signal', () => {
  it.each([
    'execSync',
    'pbkdf2Sync',
    'Atomics.wait',
    'an endless loop',
    'a regular expression',
    'JSON.parse at the heap limit',
  ])('ends the process with 75 while %s blocks a thread', async (way) => {
    const run = new Cli(args(way))
    await run.output('stderr', /stuck now/)
    run.process.kill('SIGTERM')
    await run.output('stdout', /"stopping"/)
    run.process.kill('SIGINT')
    expect(await exitCodeWithin(run.exited, way)).toBe(75)
  })

  it.skipIf(process.platform !== 'linux')('ends the process with 75 while the main thread is blocked', async () => {
    const run = new Cli(args('nothing'), { env: { NODE_OPTIONS: `--import=${BLOCK_MAIN}` } })
    await run.output('stderr', /stuck now/)
    run.process.kill('SIGUSR2')
    await run.output('stderr', /main is blocked/)
    run.process.kill('SIGTERM')
    run.process.kill('SIGHUP')
    expect(await exitCodeWithin(run.exited, 'blocked main thread')).toBe(75)
  })

  it('ends the process with 75 while nobody reads its standard output', async () => {
    const child = spawn(process.execPath, [MAIN, ...args('nothing')], { stdio: ['ignore', 'pipe', 'pipe'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    let said = ''
    // More than a pipe or a socket holds of lines of 4 kB.
    const hasSaidEnough = () => said.split('talked').length > 100
    await new Promise<void>((resolve) => {
      child.stderr.on('data', (chunk) => {
        said += chunk
        if (hasSaidEnough()) resolve()
      })
    })
    child.kill('SIGTERM')
    child.kill('SIGINT')
    const exited = once(child, 'exit').then(([code]) => ({ code: code as number | null }))
    expect(await exitCodeWithin(exited, 'stalled standard output')).toBe(75)
  })

  it('counts one signal once: the process drains, and exits with 0', async () => {
    const run = new Cli(['run', STUCK, '--no-http', '--set', 'WAY=nothing'])
    await run.output('stderr', /stuck now/)
    run.process.kill('SIGHUP')
    expect(await exitCodeWithin(run.exited, 'one signal')).toBe(0)
    expect(run.log).toContainEqual(expect.objectContaining({ msg: 'stopped', killed: [] }))
  })
})
