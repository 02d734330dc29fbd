/** Runs as its own process: how long after a run failed the next one starts, in milliseconds. Prints JSON. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DRIVERS } from './drivers.mjs'

const [contender, fault] = process.argv.slice(2)
const DEADLINE_MS = 30_000
const LOOK_EVERY_MS = 20

const folder = mkdtempSync(join(tmpdir(), 'escapement-recovery-'))
const log = join(folder, 'starts')
writeFileSync(log, '')
// No multiple of the interval, for the same reason as in job.mjs.
const timeoutMs = 250 + Math.floor(Math.random() * 100)

await DRIVERS[contender]({ log, fault, timeoutMs })
const nextStart = await awaitNextStart()
rmSync(folder, { recursive: true, force: true })
if (nextStart === undefined) {
  console.error(`Error: no run within ${DEADLINE_MS / 1_000} s of the fault`)
  process.exit(1)
}
process.stdout.write(JSON.stringify({ nextStart }), () => process.exit())

async function awaitNextStart() {
  for (const end = performance.now() + DEADLINE_MS; performance.now() < end; await sleep(LOOK_EVERY_MS)) {
    const found = /^fault (\S+)\nstart (\S+)\n/m.exec(readFileSync(log, 'utf8'))
    if (found) return (Number(found[2]) - Number(found[1])) / 1e3
  }
  return undefined
}
