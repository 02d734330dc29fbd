/** The dashboard in Chromium, before a real engine in which much is broken. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { Cli } from '../support/cli.js'
import { openPage, startChromium } from '../support/dashboard/browser.js'
import { findServer } from '../support/servers/find-server.js'
import { startRedis } from '../support/servers/redis.js'
import { fixture } from '../support/supervised.js'

const TOKEN = 'a-token-of-this-test'
const hasChromium = (await findServer('chromium')) !== undefined
const redisProgram = await findServer('redis-server')

describe.skipIf(!hasChromium)('the dashboard of a real engine', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = (await startChromium())!
  })
  afterAll(() => browser.close())

  async function folder(): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), 'escapement-dashboard-'))
    onTestFinished(() => rm(path, { recursive: true, force: true }))
    return path
  }

  /** Starts the engine and returns the URL of its dashboard. */
  async function run(settings: Record<string, unknown>, cwd: string) {
    const config = join(cwd, 'escapement.json')
    await writeFile(config, JSON.stringify({ escapement: { http: { port: 0, token: TOKEN }, ...settings } }))
    const engine = new Cli(['run', fixture('broken-deployment.mjs'), '--config', config], { cwd })
    const [, url] = await engine.output('stderr', /metrics: (\S+)metrics/)
    return { engine, url: url! }
  }

  async function giveToken(page: Page) {
    await page.getByRole('button', { name: 'Token' }).click()
    await page.getByRole('dialog').getByLabel('Token').fill(TOKEN)
    await page.getByRole('button', { name: 'Use it' }).click()
    await page.getByRole('button', { name: 'Token ✓' }).waitFor()
  }

  async function control(page: Page, verb: string, reason: string) {
    await page.getByRole('button', { name: `${verb}…` }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Your name').fill('anna')
    await dialog.getByLabel('Reason').fill(reason)
    await dialog.getByRole('button', { name: verb }).click()
    await dialog.waitFor({ state: 'detached' })
  }

  it('has the numbers of /metrics', async () => {
    const { url } = await run({}, await folder())
    const { page } = await openPage(browser)
    // Paused, so that both show the same moment.
    await page.goto(`${url}?entrypoint=failing.charge`)
    await giveToken(page)
    await page.getByRole('button', { name: 'Pause…' }).waitFor()
    await expect
      .poll(async () => Number(await page.locator('[data-count="runs.failed"]').innerText()))
      .toBeGreaterThan(3)
    await control(page, 'Pause', 'to compare')
    await page.getByText(/Paused by anna/).waitFor()
    const read = async (key: string) =>
      Number((await page.locator(`[data-count="${key}"]`).innerText()).replace(',', ''))
    const shown = { failed: await read('runs.failed') }
    const metrics = await (await fetch(`${url}metrics`)).text()
    const counted = /^escapement_runs_total\{outcome="failed",service="failing",method="charge"\} (\d+)$/m.exec(metrics)
    expect(shown).toEqual({ failed: Number(counted?.[1]) })
    expect(shown.failed).toBeGreaterThan(3)
    const open = await page.evaluate<number>(`[...document.querySelectorAll('[data-count]')]
      .map(({ dataset, textContent }) => (dataset.count === 'due' ? 1 : -1) * Number(textContent.replaceAll(',', '')))
      .reduce((sum, count) => sum + count, 0)`)
    expect(open).toBe(0)
  })

  it('keeps a pause that was made in the browser through kill -9 and a restart', async () => {
    const cwd = await folder()
    const settings = { state: { file: join(cwd, 'state.json') } }
    const first = await run(settings, cwd)
    const { page, complaints } = await openPage(browser)
    await page.goto(`${first.url}?entrypoint=well.beat`)
    await giveToken(page)
    await control(page, 'Pause', 'the mail server is moved')
    await page.getByText(/Paused by anna[\s\S]*the mail server is moved/).waitFor()
    await expect.poll(async () => (await fetch(`${first.url}readyz`)).text()).not.toContain('pause')
    const wellUntilNow = [...complaints]
    first.engine.process.kill('SIGKILL')
    await first.engine.exited
    await page.close()
    expect(wellUntilNow).toEqual([])
    // Chromium itself tells of each connection that failed.
    complaints.length = 0
    const second = await run(settings, cwd)
    const { page: later } = await openPage(browser)
    await later.goto(`${second.url}?entrypoint=well.beat`)
    await later.getByText(/Paused by anna/).waitFor()
    expect(await later.locator('main').innerText()).toMatch(/Paused by anna[\s\S]*the mail server is moved/)
    await expect.poll(() => later.locator('[data-count="skipped.paused"]').count()).toBe(1)
    expect(await later.locator('[data-count="runs.completed"]').count()).toBe(0)
  }, 90_000)

  it('ends a run that hangs when somebody aborts it, and says who did', async () => {
    const { url } = await run({}, await folder())
    const { page } = await openPage(browser)
    await page.goto(`${url}?entrypoint=endless.spin`)
    await giveToken(page)
    await control(page, 'Trigger', 'to see it hang')
    await expect.poll(() => page.locator('[data-count="active"]').innerText()).toBe('1')
    await control(page, 'Abort', 'it hangs')
    const ticks = page.getByRole('table', { name: 'Last ticks' })
    await expect.poll(() => ticks.innerText()).toMatch(/aborted, cause: manual, triggered by hand/)
    const changed = () => page.getByRole('region', { name: 'What changed' }).innerText()
    await expect.poll(changed).toMatch(/anna: .*endless\.spin.*\(it hangs\)/)
    await expect.poll(() => page.locator('[data-count="active"]').innerText()).toBe('0')
    const metrics = await (await fetch(`${url}metrics`)).text()
    expect(metrics).toMatch(/^escapement_runs_total\{outcome="aborted",service="endless",method="spin"\} 1$/m)
    expect(metrics).toMatch(/^escapement_aborts_total\{cause="manual",service="endless",method="spin"\} 1$/m)
  }, 60_000)

  it.skipIf(redisProgram === undefined)(
    'answers what somebody asks who is woken: what is wrong since when, the worst first, why, errors, who did what, what changed',
    async () => {
      const redis = await startRedis(redisProgram!)
      onTestFinished(() => redis.stop())
      const { engine, url } = await run({ coordination: redis.url }, await folder())
      const { page } = await openPage(browser)
      await page.goto(url)
      await page.locator('.connection.live').waitFor()
      await engine.output('stdout', /quarantined/)
      await redis.shutDown()
      const status = page.getByRole('region', { name: 'Verdict' })
      await expect.poll(() => status.innerText(), { timeout: 20_000 }).toMatch(/crashing\.crash[\s\S]*since/)
      const rows = page.locator('.entrypoints tbody tr')
      const names = () => rows.locator('td.name a').allInnerTexts()
      await expect.poll(async () => (await names()).at(-1)).toMatch(/^well\./)
      await expect.poll(async () => (await names())[0]).not.toMatch(/^well/)
      await expect
        .poll(() => page.locator('svg.strip[data-entrypoint="crashing.crash"]').getAttribute('aria-label'))
        .toMatch(/skipped \(quarantined\)/)
      await expect.poll(() => page.getByRole('region', { name: 'Threads' }).innerText()).toMatch(/[1-9]\d* restarts?/)

      const open = async (id: string) => {
        await page.goto(`${url}?entrypoint=${id}`)
        await page.locator('.connection.live').waitFor()
        await page.getByRole('region', { name: 'Why' }).waitFor()
        return page.locator('main')
      }
      const failing = await open('failing.charge')
      const errors = failing.getByRole('region', { name: 'Errors' })
      await expect
        .poll(() => errors.innerText())
        .toMatch(/connection refused[\s\S]*times[\s\S]*broken-deployment\.mjs[\s\S]*the bank does not answer/)
      expect(await failing.innerText()).toMatch(/last failure[\s\S]*ago/)
      const hanging = await open('hanging.loop')
      await expect
        .poll(() => hanging.getByRole('table', { name: 'Last ticks' }).innerText())
        .toMatch(/timed out, cause: timeout/)
      const leading = await open('leading.lead')
      await expect.poll(() => leading.getByRole('region', { name: 'Why' }).innerText()).toMatch(/lease|lead/)

      await open('well.rest')
      await giveToken(page)
      await control(page, 'Trigger', 'to see that it runs')
      await expect.poll(() => page.locator('main').innerText()).toMatch(/triggered by hand/)
      await control(page, 'Pause', 'the disk is full')
      await page.getByText(/Paused by anna/).waitFor()
      await page.goto(url)
      await expect
        .poll(() => page.getByRole('region', { name: 'What changed' }).innerText())
        .toMatch(/well\.rest[\s\S]*by anna/)
    },
    120_000,
  )
})
