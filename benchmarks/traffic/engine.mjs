/** `node engine.mjs SECONDS MODULE...`: prints how the ticks of `beat` went beside the other services, as JSON. */
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Supervisor } from 'escapement'

const [seconds, ...names] = process.argv.slice(2)
const modules = names.map((name) => fileURLToPath(new URL(`${name}.mjs`, import.meta.url)))
const supervisor = new Supervisor({ modules, http: false, config: { escapement: { log: { level: 'fatal' } } } })

const lateness = []
const outcomes = {}
let skipped = 0
let isMeasuring = false
supervisor.on('tick.skipped', ({ entrypoint, count }) => {
  if (isMeasuring && entrypoint === 'beat.tick') skipped += count
})
supervisor.on('run.ended', (run) => {
  if (!isMeasuring) return
  if (run.entrypoint === 'beat.tick') lateness.push(run.lateness * 1e6)
  const key = `${run.entrypoint} ${run.outcome}`
  outcomes[key] = (outcomes[key] ?? 0) + 1
})
await supervisor.start()
// The first exchange of every kind compiles code.
await once(AbortSignal.timeout(2_000), 'abort')
isMeasuring = true
await once(AbortSignal.timeout(Number(seconds) * 1_000), 'abort')
isMeasuring = false
await supervisor.stop()
process.stdout.write(JSON.stringify({ lateness, skipped, outcomes }))
