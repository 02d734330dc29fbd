/** Escapement as a library: its main thread is that of the program. */
import { fileURLToPath } from 'node:url'
import { Supervisor } from '../../../../dist/src/index.js'
import { blockNowAndThen } from './job.mjs'

const supervisor = new Supervisor({
  modules: [fileURLToPath(new URL('service.mjs', import.meta.url))],
  http: { port: 0 },
})
await supervisor.start()
blockNowAndThen()
