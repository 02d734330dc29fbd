/** What `escapement run` says when the queue cannot be used, and how it ends. */
import { expect, it } from 'vitest'
import { Cli } from '../support/cli.js'
import { fixture } from '../support/supervised.js'

const CRASHING = new URL('../fixtures/crash-queue.mjs', import.meta.url).href
/** Nothing listens there. */
const NO_STORE = 'redis://eva:hunter2@127.0.0.1:1'

const run = (env: Record<string, string> = {}) =>
  new Cli(['run', fixture('queued-idle.mjs'), '--no-http', '--set', `escapement.queue.url=${NO_STORE}`], { env })

it('escapement run ends with 70 and the error when the queue thread ends each time before the queue is open', async () => {
  const { code, stdout, stderr } = await run({ NODE_OPTIONS: `--import ${CRASHING}` }).exited
  expect(code).toBe(70)
  expect(stderr).toMatch(
    /the queue thread ended 5 times before the queue was open: TypeError: this queue thread cannot start\n.*crash-queue\.mjs/s,
  )
  expect(stdout.match(/"msg":"queue (still )?failing"/g)?.length).toBeGreaterThanOrEqual(1)
}, 60_000)

it('escapement run goes on without an answer of the store, and its log names the place and the setting, but no password', async () => {
  const started = run()
  await started.output('stdout', /"msg":"queue failing"/)
  await started.output('stdout', /"msg":"ready"/)
  started.process.kill('SIGTERM')
  const { code, stdout, stderr } = await started.exited
  expect(code).toBe(0)
  expect(stdout).toMatch(/the store of the queue \(redis:\/\/127\.0\.0\.1:1, escapement\.queue\.url\) cannot be used: /)
  expect(stdout + stderr).not.toMatch(/hunter2/)
}, 60_000)
