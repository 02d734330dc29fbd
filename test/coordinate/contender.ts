/** A process that contends. Told how by its argument; says when it is ready, and starts when it is told to. */
import { once } from 'node:events'
import { openStore } from '../../src/coordinate/stores/open-store.js'
import { systemClock } from '../../src/kernel/clock.js'
import { type Contest, contend } from './contend.js'

const contest: Contest = JSON.parse(process.argv[2]!)
const onError = (error: Error) => {
  throw error
}
const store = await openStore({ ...contest, onError }, systemClock())
const start = once(process, 'message')
process.send!('ready')
await start
await contend(store, contest)
await store.close()
process.disconnect()
