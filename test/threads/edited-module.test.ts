/** A module whose file is edited while its services run. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { fixture, type Supervised, supervise } from '../support/supervised.js'

const INDEX = pathToFileURL(fixture('../../../dist/src/index.js')).href

const code = (version: number) => `
  import { Config, defineService, Logger } from '${INDEX}'
  export default defineService({
    name: 'edited',
    dependencies: { config: Config, log: Logger },
    create({ config, log }) {
      const crash = new Int32Array(config.get('crash'))
      return {
        work() {
          if (Atomics.exchange(crash, 0, 0) === 1) setTimeout(() => process.exit(7), 1)
          log.info({ version: ${version} }, 'ran')
        },
      }
    },
    timers: { work: { interval: '50ms' } },
  })
`

const warnings = ({ log }: Supervised) => log.records.filter(({ msg }) => String(msg).startsWith('module was edited'))

it('a thread that restarts with the code of an edited module is warned of once, with the file; an unedited one is not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'escapement-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'edited.mjs')
  writeFileSync(file, code(1))
  const crash = new Int32Array(new SharedArrayBuffer(4))
  const supervised = await supervise([file], { config: { crash: crash.buffer } })
  const restart = async (count: number) => {
    Atomics.store(crash, 0, 1)
    await supervised.log.nth(count, { msg: 'thread restarted' })
  }
  await supervised.log.nth(1, { msg: 'ran', version: 1 })
  await restart(1)
  expect(warnings(supervised)).toEqual([])
  // In one step: a thread that has just restarted may look at the file now, and must not see half of it.
  const edited = join(folder, 'edited-2.mjs')
  writeFileSync(edited, `${code(2)} // longer`)
  renameSync(edited, file)
  await restart(2)
  await supervised.log.nth(1, { msg: 'ran', version: 2 })
  await restart(3)
  await supervised.log.nth(3, { msg: 'ran', version: 2 })
  expect(warnings(supervised)).toMatchObject([{ level: 40, file, services: ['edited'] }])
}, 30_000)
