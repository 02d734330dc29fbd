/** Runs as its own process: an instance of the engine that takes tickets of `jobs` or `beats`, or only hands those of `beats` over. */
import { Supervisor } from 'escapement'
import { pino } from 'pino'
import { measuredMemory, report } from './measured.mjs'

const { service, role, url, namespace, megabytes, most } = JSON.parse(process.argv[2])

const measured = measuredMemory(most)
const supervisor = new Supervisor({
  modules: [new URL(`${service}.mjs`, import.meta.url)],
  config: {
    measured,
    megabytes,
    escapement: {
      coordination: { url, namespace },
      queue: role === 'worker' ? { offer: false, lock: '30s' } : { take: false, lock: '30s' },
      shutdown: { drain: '5s' },
    },
  },
  http: false,
  processMetrics: false,
  logger: pino({ level: 'silent' }),
})
await supervisor.start()
await report(measured, () => supervisor.stop())
