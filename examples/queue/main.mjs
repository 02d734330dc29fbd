/**
 * `npm run example:queue` runs one scheduler and three workers of hashing-service.ts on this machine. The scheduler hands each tick over
 * to a queue and runs none; the workers run what the queue has, and hand over nothing. After a third of the time (`--for`, in
 * seconds) the example kills a worker in the middle of a ticket. When its lock is over, another worker runs that ticket again.
 *
 * At the end it says who did what, and exits with 0 when each ticket was completed once and the one of the killed worker was
 * handed out again; else with 1. `--every` is the time between two ticks, `--rounds` how much there is to compute in each.
 *
 * `QUEUE_URL` names the store (redis:// or postgres://). Without it the example starts a redis-server on a free port and stops it at
 * the end.
 */
import { EventEmitter, once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Supervisor } from 'escapement'
import { pino } from 'pino'
import { startRedis } from '../local-redis.mjs'
import { TicketRecord } from './ticket-record.mjs'
import { WorkerProcess } from './worker-process.mjs'

const { values } = parseArgs({
  options: {
    for: { type: 'string', default: '20' },
    every: { type: 'string', default: '1s' },
    rounds: { type: 'string', default: '20' },
  },
})
const seconds = Number.parseFloat(values.for)
/** The lock lasts 5 s, and it is noticed within twice a third of it; then the ticket waits for a free worker. */
const LONGEST_WAIT_MS = 60_000

const module = fileURLToPath(new URL('hashing-service.ts', import.meta.url))
const record = new TicketRecord()
const progress = new EventEmitter()
const begunAt = performance.now()
const say = (who, what) => {
  console.log(`${((performance.now() - begunAt) / 1_000).toFixed(1).padStart(5)} s  ${who.padEnd(9)}  ${what}`)
}

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

const url =
  process.env.QUEUE_URL || (await startRedis('QUEUE_URL=postgres://user:password@host/database npm run example:queue'))
console.log(`one scheduler and three workers over ${new URL(url).protocol}//..., for ${seconds} s`)

const coordination = { url, namespace: 'example-queue', profile: 'fast' }
const ofWorker = {
  ...Object.fromEntries(Object.entries(coordination).map(([key, value]) => [`escapement.coordination.${key}`, value])),
  'escapement.queue.offer': 'false',
  HASH_INTERVAL: values.every,
  HASH_ROUNDS: values.rounds,
}
const workers = ['worker 1', 'worker 2', 'worker 3'].map((name) => new WorkerProcess(name, module, ofWorker, take))
await Promise.all(workers.map(({ ready }) => ready))

const scheduler = new Supervisor({
  modules: [module],
  config: {
    HASH_INTERVAL: values.every,
    HASH_ROUNDS: Number(values.rounds),
    escapement: { coordination, queue: { take: false } },
  },
  http: false,
  logger: pino({ level: 'silent' }),
})
scheduler.on('tick.handed_over', ({ sequence, dueWall }) => {
  record.handedOver(new Date(dueWall).toISOString(), sequence)
  say('scheduler', `hands over ticket ${sequence}`)
})
await scheduler.start()

await sleep(seconds * 333)
const [victim, ticket] = await once(progress, 'begun')
say(victim.name, `is killed in the middle of ticket ${ticket}`)
await victim.kill()
await sleep(seconds * 667)

await scheduler.stop()
const handedOver = record.handedOverTickets.length
say('scheduler', `has stopped, and had handed over ${handedOver} tickets`)
const tooLate = AbortSignal.timeout(LONGEST_WAIT_MS)
while (record.open.length > 0 && !tooLate.aborted) {
  await once(progress, 'completed', { signal: tooLate }).catch(() => {})
}
await Promise.all(workers.map((worker) => worker.stop()))

console.log('\nwho did what:')
for (const worker of workers) {
  const numbers = record.completedBy(worker)
  const end = worker === victim ? `; killed in the middle of ticket ${ticket}` : ''
  console.log(`  ${worker.name}  completed ${numbers.length}: ${numbers.join(' ') || 'none'}${end}`)
}
for (const { number, begun } of record.redelivered) {
  const [first, ...others] = begun
  const later = others.map(({ worker, at }) => `${((at - first.at) / 1_000).toFixed(1)} s later to ${worker.name}`)
  console.log(`  ticket ${number} was handed out to ${first.worker.name}, and ${later.join(', and ')}`)
}
const { open, completedTwice, redelivered } = record
for (const { number } of open) console.log(`  ticket ${number} was not completed`)
for (const { number } of completedTwice) console.log(`  ticket ${number} was completed more than once`)
const isWell = open.length === 0 && completedTwice.length === 0 && redelivered.some(({ number }) => number === ticket)
if (isWell) console.log(`each of the ${handedOver} tickets was completed once`)
process.exit(isWell ? 0 : 1)

/** Reads a line of a worker's log. */
function take(worker, { msg, level, service, tick, dueAt, delivery, hash }) {
  if (msg === 'hashing') {
    record.begun(dueAt, worker, performance.now())
    say(worker.name, `begins ticket ${tick}${delivery > 1 ? `, delivery ${delivery}` : ''}`)
    progress.emit('begun', worker, tick)
  } else if (msg === 'hashed') {
    record.completed(dueAt, worker)
    say(worker.name, `completes ticket ${tick}: ${hash}`)
    progress.emit('completed')
  } else if (level >= 40) say(worker.name, `${msg}${service === undefined ? '' : ` (${service})`}`)
}
