/** Opens pages in headless Chromium, and fails a test whose page had an error or violated its content security policy. */
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { expect, onTestFinished } from 'vitest'
import { findServer } from '../servers/find-server.js'

/** Undefined when the tests are to be skipped. */
export async function startChromium(): Promise<Browser | undefined> {
  const executablePath = await findServer('chromium')
  // Root may not use the sandbox.
  return executablePath === undefined ? undefined : chromium.launch({ executablePath, args: ['--no-sandbox'] })
}

export interface OpenPage {
  readonly page: Page
  /** What the page complained about. The test asserts at its end that it is empty, unless it takes it away. */
  readonly complaints: string[]
}

/** Opens an empty page; it is closed when the test ends. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const context = await browser.newContext({ timezoneId: 'Europe/Paris', ...options })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  onTestFinished(async () => {
    await context.close()
    expect(complaints).toEqual([])
  })
  return { page, complaints }
}
