/** The dashboard in Chromium, before a server that answers as the API does. */
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Cell } from '../../src/admin/api/schemas.js'
import { openPage, startChromium } from '../support/dashboard/browser.js'
import { FakeApi, type FakeApiOptions } from '../support/dashboard/fake-api.js'
import {
  brokenDeployment,
  type FakeDeployment,
  healthyDeployment,
  largeDeployment,
} from '../support/dashboard/fake-deployment.js'
import { findServer } from '../support/servers/find-server.js'
import { freePort } from '../support/servers/server-process.js'

const TOKEN = 'a token of this test'
const hasChromium = (await findServer('chromium')) !== undefined

describe.skipIf(!hasChromium)('the dashboard in Chromium', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = (await startChromium())!
  })
  afterAll(() => browser.close())

  async function open(
    { now = Date.now(), ...given }: Partial<FakeApiOptions> = {},
    { path = '', ...context }: BrowserContextOptions & { readonly path?: string } = {},
  ) {
    const api = await FakeApi.start({ deployment: brokenDeployment(now), now, ...given })
    onTestFinished(() => api.close())
    const opened = await openPage(browser, context)
    await opened.page.goto(api.url + path)
    const main = opened.page.locator('main')
    return { ...opened, api, main, rows: opened.page.locator('.entrypoints tbody tr') }
  }

  const withToken = async (opened: Awaited<ReturnType<typeof open>>) => {
    const { page } = opened
    await page.getByRole('button', { name: 'Token' }).click()
    await page.getByRole('dialog').getByLabel('Token').fill(TOKEN)
    await page.getByRole('button', { name: 'Use it' }).click()
    await page.getByRole('group', { name: 'Control' }).waitFor()
    return opened
  }

  it('says what is wrong since when, and lists the worst entrypoint first, with all else that one needs', async () => {
    const { page, rows } = await open()
    await page.locator('.connection.live').waitFor()
    const verdict = page.getByRole('region', { name: 'Verdict' })
    await expect
      .poll(() => verdict.getByRole('status').innerText())
      .toMatch(/43 times in a row[\s\S]*since\s+12 min ago/)
    await expect.poll(() => rows.count()).toBe(6)
    expect(await rows.first().innerText()).toMatch(/^✕\s+billing\.charge\s[\s\S]*43 failures in a row[\s\S]*in 1\d s/)
    expect(await page.getByRole('img', { name: /last 60 ticks: 52 completed, 8 skipped \(paused\)/ }).count()).toBe(1)
    const panel = (name: string) => page.getByRole('region', { name }).innerText()
    expect(await panel('Threads')).toMatch(/restarting\s+images[\s\S]*3 restarts[\s\S]*exit code 1/)
    expect(await panel('Leases and members')).toMatch(/follower\s+billing\s+epoch 7\s+renew failed/)
    expect(await panel('Queues')).toMatch(
      /^queues\s+12 tickets waiting\s+images\s+the oldest for 1 min 35 s\s+2 running on all instances\s+1 until a retry$/i,
    )
    expect(await panel('What changed')).toMatch(/3 min ago\s+pause\s+mail\.digest paused\s+by anna/)
  })

  it('shows everything about one entrypoint, at a link that can be sent to somebody else', async () => {
    const { page, main } = await open()
    await page.getByRole('cell', { name: 'billing.charge' }).getByRole('link', { name: 'billing.charge' }).click()
    await page.getByRole('region', { name: 'Why' }).waitFor()
    expect(new URL(page.url()).search).toBe('?entrypoint=billing.charge')
    expect(await main.getByRole('region', { name: 'Why' }).innerText()).toContain(
      'billing.charge 43 failures in a row.',
    )
    const errors = await main.getByRole('region', { name: 'Errors' }).innerText()
    expect(errors).toMatch(
      /ECONNREFUSED 10\.0\.3\.17:443[\s\S]*43 times[\s\S]*billing\.ts:41:11[\s\S]*the bank does not answer/,
    )
    await main.locator('.charts canvas').nth(1).waitFor()
    expect(await main.getByRole('table', { name: 'Last ticks' }).getByRole('row').count()).toBe(51)
    await page.reload()
    await main.getByRole('heading', { name: 'billing.charge' }).waitFor()
    await page.goBack()
    await main.getByRole('table', { name: /Entrypoints/ }).waitFor()
  })

  it('draws the time-out of a run into its timeline', async () => {
    const { main } = await open({}, { path: '?entrypoint=report.build' })
    const bars = main
      .getByRole('table', { name: 'Last ticks' })
      .getByRole('img', { name: /time-out 2 s later, timed out after/ })
    await expect.poll(() => bars.count()).toBeGreaterThan(0)
  })

  it('says which tick is under the pointer, and shows that tick after a click', async () => {
    const { page, main, api } = await open()
    await page.locator('.connection.live').waitFor()
    const strip = main.locator('svg.strip[data-entrypoint="report.build"]')
    const { x, y, width } = (await strip.boundingBox())!
    await page.mouse.move(x + (56.5 / 60) * width, y + 5)
    await expect
      .poll(() => page.getByRole('tooltip').innerText())
      .toMatch(/^timed out\ndue 2\d{3}-.* CET\nstarted .* late/)
    await page.mouse.click(x + (56.5 / 60) * width, y + 5)
    await main.locator('tr.pointed').first().waitFor()
    expect(await main.locator('tr.pointed').first().innerText()).toContain('timed out, cause: timeout')
    expect(page.url()).toMatch(/\?entrypoint=report\.build&tick=2\d{3}-/)
    expect(api.urls.filter((url) => url.includes('token'))).toEqual([])
  })

  it('filters by text, service and level, and keeps the filter in the URL', async () => {
    const { page, rows } = await open({}, { path: '?level=critical' })
    await expect.poll(() => rows.count()).toBe(2)
    await page.getByRole('searchbox').fill('resize')
    await expect.poll(() => rows.count()).toBe(1)
    expect(new URL(page.url()).search).toBe('?q=resize&level=critical')
    await page.getByRole('link', { name: 'images.resize' }).last().click()
    await page.getByRole('link', { name: 'All entrypoints' }).click()
    await expect.poll(() => rows.count()).toBe(1)
    await page.getByRole('link', { name: 'all 6' }).click()
    await page.getByRole('searchbox').fill('')
    await page.getByRole('combobox').selectOption('mail')
    await expect.poll(() => rows.allInnerTexts()).toEqual([expect.stringContaining('mail.digest')])
    expect(new URL(page.url()).search).toBe('?service=mail')
  })

  it('can be used with the keyboard alone', async () => {
    const { page, main } = await open()
    await page.locator('.connection.live').waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0)
    await page.keyboard.press('/')
    await page.keyboard.type('e')
    await page.keyboard.press('Escape')
    for (const key of ['j', 'j', 'j', 'k']) await page.keyboard.press(key)
    expect(await page.locator('a:focus').innerText()).toBe('images.resize')
    await page.keyboard.press('Enter')
    await main.getByRole('heading', { name: 'images.resize' }).waitFor()
    await page.keyboard.press('u')
    await main.getByRole('table', { name: /Entrypoints/ }).waitFor()
    expect(await page.locator('a:focus').innerText()).toBe('images.resize')
  })

  it('controls only with a token, asks once, and says who it is; the token never stands in a URL', async () => {
    const { page, api, main } = await open({ token: TOKEN }, { path: '?entrypoint=mail.digest' })
    await main.getByRole('heading', { name: 'mail.digest' }).waitFor()
    await page.locator('.connection.live').waitFor()
    expect(await page.getByRole('group', { name: 'Control' }).count()).toBe(0)
    await withToken({ page, api, main, rows: main, complaints: [] })
    expect(await main.innerText()).toMatch(/Paused by anna[\s\S]*the mail server is moved[\s\S]*whole deployment/)
    await page.getByRole('button', { name: 'Resume' }).click()
    const dialog = page.getByRole('dialog', { name: 'Resume mail.digest?' })
    await dialog.getByLabel('Your name').fill('ben')
    await dialog.getByLabel('Reason').fill('moved')
    expect(api.controls).toEqual([])
    await dialog.getByRole('button', { name: 'Resume' }).click()
    await page.getByText('done: resume').waitFor()
    expect(api.controls).toEqual([
      { path: '/api/entrypoints/mail.digest/resume', body: { by: 'ben', reason: 'moved' } },
    ])
    expect(api.streamAuthorizations.at(-1)).toBe(`Bearer ${TOKEN}`)
    expect(api.urls.filter((url) => url.includes('token'))).toEqual([])
  })

  it('asks for the token when the server shows nothing without one', async () => {
    const { page, main, complaints, rows } = await open({ token: TOKEN, isLocked: true })
    await page.getByRole('dialog', { name: 'Token' }).getByText('this server needs a token').waitFor()
    await page.getByLabel('Token').last().fill('a wrong one')
    await page.getByRole('button', { name: 'Use it' }).click()
    await page.getByRole('dialog', { name: 'Token' }).getByText('this server needs a token').waitFor()
    await page.getByRole('dialog').getByLabel('Token').fill(TOKEN)
    await page.getByRole('button', { name: 'Use it' }).click()
    await main.getByRole('table', { name: /Entrypoints/ }).waitFor()
    expect(await rows.count()).toBe(6)
    // Chromium itself tells of each answer with 401.
    expect(complaints.filter((text) => !text.includes('401'))).toEqual([])
    complaints.length = 0
  })

  it('says that it is stale when the server does not answer, and goes on when it answers again', async () => {
    const port = await freePort()
    const { page, api, complaints, rows } = await open({ port })
    await page.locator('.connection.live').waitFor()
    await api.close()
    await page.getByText(/Stale: .*Trying again/).waitFor()
    expect(await rows.count()).toBe(6)
    await api.listen(port)
    await page.locator('.connection.live').waitFor()
    expect(await page.getByText(/Stale:/).count()).toBe(0)
    // Chromium itself tells of each connection that failed.
    expect(complaints.filter((text) => !/ERR_|net::/.test(text))).toEqual([])
    complaints.length = 0
  })

  it('draws a new cell, a change and a verdict as soon as they are told', async () => {
    const now = Date.now()
    const { page, api, main } = await open({ now, deployment: healthyDeployment(now) })
    await page.locator('.connection.live').waitFor()
    await expect
      .poll(() => main.locator('svg.strip').first().getAttribute('aria-label'))
      .toBe('last 60 ticks: 60 completed')
    api.endTicks([[0, now, 1, 1, 20, 900]])
    await main.getByRole('img', { name: 'last 60 ticks: 59 completed, 1 failed' }).waitFor()
    api.change({ at: now, kind: 'clock', level: 'warning', text: 'the wall clock jumped by 3 s' })
    await page.getByText('the wall clock jumped by 3 s').waitFor()
    const verdict = { level: 'critical' as const, text: 'prices.refresh hangs.', problems: [] }
    api.send('status', { ...api.status(), verdict })
    await page.getByRole('status').getByText('prices.refresh hangs.').waitFor()
    expect(await page.title()).toBe('● Escapement')
  })

  it('shows the same table without JavaScript, and one entrypoint too', async () => {
    const { page, main, rows } = await open({}, { javaScriptEnabled: false, path: '?level=warning' })
    expect(await rows.count()).toBe(4)
    expect(await rows.first().innerText()).toMatch(/billing\.charge[\s\S]*43 failures in a row/)
    expect(await main.getByRole('img', { name: /last 60 ticks: 60 failed/ }).count()).toBe(1)
    await page.getByRole('searchbox').fill('mail')
    await page.getByRole('button', { name: 'Filter' }).click()
    expect(await rows.count()).toBe(1)
    await page.getByRole('link', { name: 'mail.digest' }).last().click()
    expect(await main.innerText()).toMatch(/Paused by anna[\s\S]*Why/i)
  })

  it.each(['', '?entrypoint=billing.charge', '?entrypoint=report.build'])(
    'fits a screen of 360 px without scrolling sideways at /%s',
    async (path) => {
      const { page, main } = await open({}, { path, viewport: { width: 360, height: 640 } })
      await page.locator('.connection.live').waitFor()
      if (path) await main.locator('.charts canvas').nth(1).waitFor()
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
    },
  )

  it.each(['light', 'dark'] as const)('has texts that can be read when the system prefers %s', async (colorScheme) => {
    const { page } = await open({}, { colorScheme })
    await page.locator('.connection.live').waitFor()
    const poor = await page.evaluate(POOR_CONTRASTS)
    expect(poor).toEqual([])
    const before = await page.evaluate('getComputedStyle(document.body).backgroundColor')
    await page.keyboard.press('t')
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).not.toBe(before)
  })

  it.each(['', '?entrypoint='])('long names of services break, so that a narrow page has no bar: %j', async (path) => {
    const now = Date.now()
    const id = `${'a_service_with_a_long_name_'.repeat(3)}.render`
    const healthy = healthyDeployment(now)
    const [first, ...others] = healthy.entrypoints
    const name = id.split('.')[0]!
    const deployment = {
      ...healthy,
      verdict: {
        level: 'critical',
        text: `${id} hangs.`,
        problems: [{ kind: 'hung', level: 'critical', text: `${id} hangs.` }],
      },
      entrypoints: [{ ...first!, id }, ...others],
      threads: [{ ...healthy.threads[0]!, services: [name] }],
      queues: { [name]: { waiting: 55_000, active: 2, delayed: 1, oldestSeconds: 95 } },
      leases: [{ lease: `${name}/queue`, isLeader: true, epoch: 1_795_805_715_729 }],
      changes: [{ at: now, kind: 'queue', level: 'warning', text: `no instance offers under the lease ${name}/queue` }],
    } satisfies FakeDeployment
    const at = path && `${path}${id}`
    const { page } = await open({ deployment, now }, { path: at, viewport: { width: 360, height: 700 } })
    await page.locator('.connection.live').waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
  })

  it('draws only the rows that changed again, with 500 entrypoints', async () => {
    const now = Date.now()
    const { page, api, rows } = await open({ now, deployment: largeDeployment(now, 500) })
    await page.locator('.connection.live').waitFor()
    await expect.poll(() => rows.count()).toBe(500)
    await page.evaluate(COUNT_CHANGED_ROWS)
    const cell: Cell = [now, 1, 1, 20, 900]
    // The first and the third can be seen, the last cannot.
    api.endTicks([
      [0, ...cell],
      [2, ...cell],
      [499, ...cell],
    ])
    await rows
      .nth(2)
      .getByRole('img', { name: /1 failed/ })
      .waitFor()
    expect(await page.evaluate('[...changedRows]')).toEqual(['service_0.job_0', 'service_2.job_2'])
    await rows.nth(499).scrollIntoViewIfNeeded()
    await rows
      .nth(499)
      .getByRole('img', { name: /1 failed/ })
      .waitFor()
  })
})

/** Notes the entrypoint of each row whose strip is changed from now on. */
const COUNT_CHANGED_ROWS = `
  globalThis.changedRows = new Set()
  new MutationObserver((records) => {
    for (const { target } of records) {
      const strip = target.closest('svg.strip')
      if (strip) changedRows.add(strip.dataset.entrypoint)
    }
  }).observe(document.querySelector('.entrypoints'), { subtree: true, attributes: true, childList: true })
`

/** The texts of the page whose contrast with what is behind them is below 4.5 : 1. */
const POOR_CONTRASTS = `
  (() => {
    const channels = (colour) => colour.match(/[\\d.]+/g).map(Number)
    const luminance = (rgb) => {
      const [r, g, b] = rgb.slice(0, 3).map((value) => {
        const part = value / 255
        return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
      })
      return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const behind = (element) => {
      for (let one = element; one; one = one.parentElement) {
        const [r, g, b, alpha = 1] = channels(getComputedStyle(one).backgroundColor)
        if (alpha === 1) return [r, g, b]
      }
      return [255, 255, 255]
    }
    const poor = []
    for (const element of document.querySelectorAll('body *')) {
      const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim())
      if (!hasText || element.disabled || !element.getClientRects().length) continue
      const [a, b] = [luminance(channels(getComputedStyle(element).color)), luminance(behind(element))]
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
      if (contrast < 4.5) poor.push(element.textContent.trim().slice(0, 40) + ' ' + contrast.toFixed(2))
    }
    return poor
  })()
`
