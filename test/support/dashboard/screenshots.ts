/** `npx tsx test/support/dashboard/screenshots.ts`, after a build: takes the pictures of the dashboard that the docs show. */
import { fileURLToPath } from 'node:url'
import { startChromium } from './browser.js'
import { FakeApi } from './fake-api.js'
import { brokenDeployment } from './fake-deployment.js'

const NOW = Date.UTC(2026, 10, 27, 3, 12)
const PICTURES = [
  { file: 'dashboard.png', path: '', height: 900, ready: '.connection.live' },
  { file: 'entrypoint.png', path: '?entrypoint=billing.charge', height: 1080, ready: '.charts canvas' },
]

const browser = await startChromium()
if (!browser) throw new Error('Chromium is needed')
const api = await FakeApi.start({ deployment: brokenDeployment(NOW), now: NOW, token: 'any' })
for (const { file, path, height, ready } of PICTURES) {
  const page = await browser.newPage({ viewport: { width: 1280, height }, timezoneId: 'UTC' })
  await page.addInitScript(`sessionStorage.setItem('escapement.token', 'any')`)
  await page.goto(api.url + path)
  await page.locator(ready).first().waitFor()
  await page.locator('.entrypoints, .detail').first().waitFor()
  await page.screenshot({ path: fileURLToPath(new URL(`../../../docs/images/${file}`, import.meta.url)) })
}
await browser.close()
await api.close()
