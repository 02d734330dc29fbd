/** Runs as its own process: a supervisor with as many services as `SERVICES` says, all of one module. Prints JSON. */
import { fileURLToPath } from 'node:url'
import { Supervisor } from 'escapement'
import { pino } from 'pino'
import { measureStart } from './measure-start.mjs'

const heaps = new SharedArrayBuffer(8 * Number(process.env.SERVICES))
const supervisor = new Supervisor({
  modules: [fileURLToPath(new URL('services.mjs', import.meta.url))],
  config: { heaps },
  http: false,
  logger: pino({ level: 'silent' }),
})
await measureStart(async () => {
  await supervisor.start()
  return [...new Float64Array(heaps)]
})
await supervisor.stop()
