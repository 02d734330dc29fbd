/** Runs as its own process: as many bare Workers as `SERVICES` says. Prints JSON. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { measureStart } from './measure-start.mjs'

const start = async () => {
  const worker = new Worker(new URL('bare-worker.mjs', import.meta.url))
  const [heap] = await once(worker, 'message')
  return heap
}
await measureStart(() => Promise.all(Array.from({ length: Number(process.env.SERVICES) }, start)))
process.exit()
