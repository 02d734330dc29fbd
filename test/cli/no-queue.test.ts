/** What a process loads of the queue: nothing without scope `queue`, and with it the clients of the store on the queue thread only. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { Cli } from '../support/cli.js'
import { fixture } from '../support/supervised.js'

const PRELOADED = new URL('../fixtures/list-scripts.mjs', import.meta.url).href
/** Nothing listens there: the queue thread tries in vain, and the start goes on without an answer. */
const NO_STORE = 'redis://127.0.0.1:1'

const OF_QUEUE = /\/dist\/src\/queue\/|\/dist\/workers\/queue\.js|\/node_modules\/(bullmq|ioredis|pg)\//
const CLIENTS = /\/node_modules\/(bullmq|ioredis)\//
const MAIN = /\/dist\/src\/cli\/run\.js$/m

/** The scripts that the main thread, and all other threads together, load until the process has ended. */
async function scriptsOf(module: string, ...settings: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'escapement-scripts-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const env = { SCRIPTS_FOLDER: folder, NODE_OPTIONS: `--import ${PRELOADED}` }
  const set = settings.flatMap((setting) => ['--set', setting])
  const run = new Cli(['run', fixture(module), '--port', '0', ...set], { env })
  await run.output('stdout', /"msg":"ready"/)
  run.process.kill('SIGTERM')
  const { code, stderr } = await run.exited
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  const names = readdirSync(folder)
  const read = (prefix: string) =>
    names
      .filter((name) => name.startsWith(prefix))
      .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
  return { main: read('main'), threads: read('thread'), count: names.length }
}

it('a process without a timer of scope queue loads nothing of the queue, on no thread', async () => {
  const { main, threads, count } = await scriptsOf('plain.mjs')
  // The main thread, the admin thread and that of the service at least.
  expect(count).toBeGreaterThanOrEqual(3)
  expect(main.filter((url) => MAIN.test(url))).toHaveLength(1)
  expect(threads.some((url) => url.endsWith('/plain.mjs'))).toBe(true)
  expect([...main, ...threads].filter((url) => OF_QUEUE.test(url))).toEqual([])
})

it('a process with one loads the clients of the store, and not on its main thread', async () => {
  const settings = [`escapement.queue.url=${NO_STORE}`]
  const { main, threads } = await scriptsOf('queued-idle.mjs', ...settings)
  expect(main.filter((url) => url.endsWith('/dist/src/queue/queue-client.js'))).toHaveLength(1)
  expect(main.filter((url) => CLIENTS.test(url))).toEqual([])
  expect(threads.some((url) => /\/node_modules\/bullmq\//.test(url))).toBe(true)
  expect(threads.some((url) => /\/node_modules\/ioredis\//.test(url))).toBe(true)
})
