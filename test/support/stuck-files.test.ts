import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const CONFIG = `
import { StuckFiles } from '${ROOT}test/support/stuck-files.ts'
export default { test: { maxWorkers: 2, reporters: ['default', new StuckFiles({ limitMs: 3_000 })] } }
`
const ENDLESS = `
import { it } from 'vitest'
it('computes for ever', () => { for (;;); })
`
const GOOD = `
import { expect, it } from 'vitest'
it('ends', () => expect(1).toBe(1))
`

it.skipIf(process.platform !== 'linux')(
  'a test file that computes for ever is ended by name, the others are run, and the run fails',
  async () => {
    await mkdir(join(ROOT, '.tmp'), { recursive: true })
    const folder = await mkdtemp(join(ROOT, '.tmp/stuck-files-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    await writeFile(join(folder, 'vitest.config.ts'), CONFIG)
    await writeFile(join(folder, 'endless.test.ts'), ENDLESS)
    await writeFile(join(folder, 'good.test.ts'), GOOD)
    const { code, output } = await run(folder)
    expect(output).toContain('endless.test.ts has not ended after 3 s')
    expect(output).toMatch(/process \d+, \d+ s old, state R/)
    expect(output).toContain('✓ good.test.ts')
    expect(code).toBe(1)
  },
)

/** The root is the folder, so that the configuration of the project is not used. */
function run(folder: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs')
    const env = { ...process.env, NO_COLOR: '1', VITEST: undefined }
    const child = execFile(process.execPath, [vitest, 'run', '--root', folder], { env }, (_, stdout, stderr) => {
      resolve({ code: child.exitCode, output: stdout + stderr })
    })
    onTestFinished(() => void child.kill('SIGKILL'))
  })
}
