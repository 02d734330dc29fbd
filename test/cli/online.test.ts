/** The commands that ask a running supervisor, each as a process, against a real engine. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Cli, type CliResult } from '../support/cli.js'
import { freePort } from '../support/servers/server-process.js'
import { supervise } from '../support/supervised.js'

const TOKEN = 'control-0123456789'
const READ_TOKEN = 'read-0123456789-ab'
const TIMER = 'metronome.swing'

const ask = (args: readonly string[], env: Record<string, string> = {}): Promise<CliResult> =>
  new Cli(args, { env: { ESCAPEMENT_TOKEN: '', ...env } }).exited

async function engine(http: { readonly token?: string; readonly readToken?: string } = {}) {
  const supervised = await supervise(['metronome.mjs'], { http: { port: 0, ...http } })
  await supervised.nthRun(TIMER, 1)
  const url = supervised.supervisor.url!
  return { ...supervised, url, at: ['--url', url] }
}

describe('reading from the command line', () => {
  it('status, top and why answer in words and as JSON', async () => {
    const { at, stop } = await engine()
    const status = await ask(['status', ...at])
    expect(status).toMatchObject({ code: 0, stderr: '' })
    expect(status.stdout).toMatch(/^(ok|warning|critical): .+\n/)
    expect(status.stdout).toContain('1 service, 1 entrypoint; ')
    expect(JSON.parse((await ask(['status', '--json', ...at])).stdout)).toMatchObject({
      pid: process.pid,
      totals: { entrypoints: 1 },
      canControl: false,
    })
    const top = await ask(['top', ...at])
    expect(top).toMatchObject({ code: 0, stderr: '' })
    expect(top.stdout).toMatch(/^STATUS +ENTRYPOINT +SCHEDULE/m)
    expect(top.stdout).toMatch(/^\w+ +metronome\.swing +every 100 ?ms/m)
    // It is not a terminal: nothing is drawn over.
    expect(top.stdout).not.toContain('\u001b')
    expect(JSON.parse((await ask(['top', '--json', ...at])).stdout)).toMatchObject({
      entrypoints: { entrypoints: [{ id: TIMER }] },
    })
    const why = await ask(['why', TIMER, ...at])
    expect(why).toMatchObject({ code: 0, stderr: '' })
    expect(why.stdout.length).toBeGreaterThan(20)
    expect(JSON.parse((await ask(['why', TIMER, '--json', ...at])).stdout)).toMatchObject({ entrypoint: TIMER })
    await stop()
  })

  it('an entrypoint that does not exist is an error of the command line, with a suggestion', async () => {
    const { at, stop } = await engine()
    const { code, stdout, stderr } = await ask(['why', 'metronome.swign', ...at])
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' })
    expect(stderr).toContain('there is no timer "metronome.swign", did you mean "metronome.swing"?')
    await stop()
  })

  it('the token comes from the environment or from the configuration, and without it the answer is 77', async () => {
    const { at, url, stop } = await engine({ readToken: READ_TOKEN })
    const refused = await ask(['status', ...at])
    expect(refused.code).toBe(77)
    expect(refused.stderr).toContain('a token is needed to read this')
    expect((await ask(['status', ...at], { ESCAPEMENT_TOKEN: READ_TOKEN })).code).toBe(0)
    const folder = mkdtempSync(join(tmpdir(), 'escapement-online-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const config = join(folder, 'config.yaml')
    const port = new URL(url).port
    writeFileSync(config, `escapement: { http: { port: ${port}, readToken: ${READ_TOKEN} } }\n`)
    expect(await ask(['status', '--config', config])).toMatchObject({ code: 0, stderr: '' })
    await stop()
  })
})

describe('an address without a supervisor', () => {
  it('nobody at the address: 69, with the reason and advice', async () => {
    const { code, stderr } = await ask(['top', '--url', `http://127.0.0.1:${await freePort()}`])
    expect(code).toBe(69)
    expect(stderr).toMatch(/no supervisor was reached at http:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED.*--url/)
  })

  it('something else at the address: 69', async () => {
    const server = createServer((_request, response) => response.end('<html>')).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const { code, stderr } = await ask(['status', '--url', `http://127.0.0.1:${port}`])
    expect(code).toBe(69)
    expect(stderr).toContain('what answers there, with status 200, is not the API of escapement')
  })

  it.each(['localhost:9464', 'ftp://host', 'http://user:hunter2@host'])('%s is no address: 64', async (url) => {
    const { code, stderr } = await ask(['status', '--url', url])
    expect(code).toBe(64)
    expect(stderr).toContain('expected an address such as http://127.0.0.1:9464')
  })
})

describe('control from the command line', () => {
  it('without a control token of the server, control is refused with 77 and says what to set', async () => {
    const { at, stop } = await engine()
    const { code, stderr } = await ask(['pause', TIMER, ...at])
    expect(code).toBe(77)
    expect(stderr).toContain('set escapement.http.token')
    await stop()
  })

  it('pause and resume say who and why; trigger adds a tick', async () => {
    const { at, supervisor, nthSkip, ledger, stop } = await engine({ token: TOKEN })
    const env = { ESCAPEMENT_TOKEN: TOKEN }
    expect((await ask(['pause', TIMER, ...at], { ESCAPEMENT_TOKEN: `${TOKEN}x` })).code).toBe(77)
    const paused = await ask(['pause', TIMER, '--reason', 'a test', ...at], env)
    expect(paused).toMatchObject({ code: 0, stderr: '' })
    await nthSkip(TIMER, 'paused', 1)
    const why = await ask(['why', TIMER, ...at], env)
    expect(why.stdout).toContain(userInfo().username)
    expect(why.stdout).toContain('a test')
    const { due } = ledger(TIMER)
    expect(await ask(['trigger', TIMER, ...at], env)).toMatchObject({ code: 0, stderr: '' })
    expect(ledger(TIMER).due).toBeGreaterThan(due)
    const resumed = await ask(['resume', TIMER, '--json', '--by', 'ann', ...at], env)
    expect(JSON.parse(resumed.stdout)).toMatchObject({ entrypoint: TIMER })
    expect(supervisor.snapshot().timers[0]).toMatchObject({ isPaused: false })
    expect(await ask(['abort', TIMER, ...at], env)).toMatchObject({ code: 0, stderr: '' })
    await stop()
  })
})
