/** `node browser.mjs URL CHROMIUM`: keeps the dashboard open in Chromium. Answers `end` with the processor time since `begin`. */
import { chromium } from 'playwright-core'
import { treeCpuMs } from './tree-cpu.mjs'

const [url, executablePath] = process.argv.slice(2)
// Root may not use the sandbox.
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
await page.goto(url)
await page.locator('.connection.live').waitFor()

let before = 0
process.on('message', async (message) => {
  if (message === 'begin') {
    before = treeCpuMs(process.pid)
    return
  }
  const cpuMs = treeCpuMs(process.pid) - before
  await browser.close()
  process.send({ cpuMs }, () => process.exit())
})
process.send('ready')
