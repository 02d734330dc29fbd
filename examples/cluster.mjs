/**
 * `npm run example:cluster` runs three instances of coordinated-timer-service on this machine over a shared store, and prints
 * what each instance does. When all three know each other they work for a while (`--for`, in seconds). After three fifths of it
 * the example stops the leader, and another instance takes over at once.
 *
 * `COORDINATION_URL` names the store (redis://, postgres:// or etcd://). Without it the example starts a redis-server on a free
 * port and stops it at the end.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startRedis } from './local-redis.mjs'

const { values } = parseArgs({ options: { for: { type: 'string', default: '25' } } })
const seconds = Number.parseFloat(values.for)

const path = (file) => fileURLToPath(new URL(file, import.meta.url))

const url =
  process.env.COORDINATION_URL ||
  (await startRedis('COORDINATION_URL=postgres://user:password@host/database npm run example:cluster'))
console.log(`three instances over ${new URL(url).protocol}//..., for ${seconds} s`)

let leader
/** Names of the instances that know all three. */
const informed = new Set()
let allInformed = () => {}
const untilAllInformed = new Promise((resolve) => {
  allInformed = resolve
})
const instances = ['A', 'B', 'C'].map((name) => {
  const settings = {
    'escapement.coordination.url': url,
    'escapement.coordination.namespace': 'example',
    'escapement.coordination.profile': 'fast',
    LEADER_INTERVAL: '3s',
    WORK_INTERVAL: '2s',
    CLUSTER_INTERVAL: '2s',
  }
  const set = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`])
  const child = spawn(
    process.execPath,
    [path('../dist/src/cli/main.js'), 'run', path('coordinated-timer-service.ts'), '--no-http', ...set],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith('{')) return
    const { msg, epoch, items, instances, dueAt, removed, failed, reason } = JSON.parse(line)
    if (msg === 'lease acquired') leader = child
    if (instances === 3 && informed.add(name).size === 3) allInformed()
    const details = { epoch, items, instances, dueAt, removed, failed: failed || undefined, reason }
    const text = Object.entries(details)
      .filter(([, value]) => value !== undefined)
      .map(
        ([key, value]) => `${key} ${Array.isArray(value) ? value.map((id) => id % 1000).join(' ') || 'none' : value}`,
      )
    console.log(`${name}  ${msg}${text.length > 0 ? `: ${text.join(', ')}` : ''}`)
  })
  process.on('exit', () => child.kill())
  return child
})

const interrupted = Promise.race(['SIGINT', 'SIGTERM'].map((signal) => once(process, signal)))
const ended = () => Promise.all(instances.map((child) => child.exitCode ?? once(child, 'exit')))

await Promise.race([untilAllInformed.then(() => sleep(seconds * 600)), interrupted])
if (leader) {
  console.log('-- the leader is told to stop')
  leader.kill()
  await Promise.race([sleep(seconds * 400), interrupted])
}
for (const child of instances) child.kill()
await ended()
process.exit(0)
