/**
 * Runs as its own process: what a user of BullMQ writes by hand. A worker does the same jobs of the same queue as the engine, as many at
 * once as that has threads; a scheduler adds a job at each due moment.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createPostgresBackend, createRedisBackend, Queue, Worker } from 'bullmq'
import { latenessOf, measuredMemory, monotonicMillis, noteIn, report } from './measured.mjs'
import { hash } from './work.mjs'

const { service, role, url, namespace, megabytes, most } = JSON.parse(process.argv[2])

const SCHEMA = 'escapement_queue'
const INTERVAL_MS = 100
const KEPT_SECONDS = 3_600

const name = `escapement.${namespace}.${service}`
const isPostgres = url.startsWith('postgres')
const connection = isPostgres ? { connectionString: url, schema: SCHEMA } : { url, maxRetriesPerRequest: null }
const backend = isPostgres ? createPostgresBackend : createRedisBackend
const measured = measuredMemory(most)

async function work() {
  const note = noteIn(measured)
  const lateness = latenessOf()
  const runs = {
    jobs: async () => {
      note(monotonicMillis())
      hash(megabytes)
    },
    beats: async ({ data }) => note(lateness(data.dueAt)),
  }
  const options = { connection, concurrency: Number(process.env.QUEUE_THREADS) }
  const worker = new Worker(name, runs[service], options, backend)
  worker.on('error', (error) => process.stderr.write(`plain worker: ${error}\n`))
  await worker.waitUntilReady()
  return () => worker.close()
}

async function schedule() {
  const queue = new Queue(name, { connection }, backend)
  queue.on('error', (error) => process.stderr.write(`plain scheduler: ${error}\n`))
  await queue.waitUntilReady()
  let isOver = false
  const loop = async () => {
    const age = { age: KEPT_SECONDS }
    for (let due = Math.ceil(Date.now() / INTERVAL_MS) * INTERVAL_MS; !isOver; due += INTERVAL_MS) {
      await sleep(due - Date.now())
      // A timer of Node can fire up to a millisecond early.
      while (Date.now() < due) await sleep(1)
      void queue.add('run', { dueAt: due }, { jobId: `run@${due}ms`, removeOnComplete: age, removeOnFail: age })
    }
  }
  const ended = loop()
  return async () => {
    isOver = true
    await ended
    await queue.close()
  }
}

await report(measured, await (role === 'worker' ? work() : schedule()))
