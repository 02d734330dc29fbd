/** More than a thousand malformed and hostile requests against the server of a real engine, beside a timer that ticks on. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { LATE_REASONS } from '../support/late-reasons.js'
import { supervise } from '../support/supervised.js'
import type { HostileReport } from './hostile/client.js'
import { READ_TOKEN, TIMER, TOKEN } from './hostile/who.js'

const LATE_TICKS = ['tick skipped', 'more ticks skipped']

const CLIENT = fileURLToPath(new URL('hostile/client.ts', import.meta.url))

/** Sends the beginning and keeps the connection open. Resolves to the answer when the server closes it. */
function halfOpen(port: number, beginning: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1')
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(answer))
    socket.write(beginning)
  })
}

const HALF_OPEN = [
  '',
  'GET /met',
  'GET /metrics HTTP/1.1\r\nHost: loc',
  `POST /api/entrypoints/${TIMER}/pause HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{`,
]

async function attack(port: number): Promise<HostileReport> {
  const client = fork(CLIENT, [String(port)], { execArgv: ['--import', 'tsx'] })
  onTestFinished(() => void client.kill('SIGKILL'))
  const [report] = await once(client, 'message')
  return report
}

describe('hostile requests', () => {
  it('hostile requests get no answer above 499, crash nothing, control nothing, and its ticks go on', async () => {
    const { supervisor, ledger, nthRun, log, stop } = await supervise(['metronome.mjs'], {
      http: { port: 0, token: TOKEN, readToken: READ_TOKEN },
    })
    const { url, port } = { url: supervisor.url!, port: Number(new URL(supervisor.url!).port) }
    await nthRun(TIMER, 1)
    const halves = [...HALF_OPEN, ...HALF_OPEN, ...HALF_OPEN].map((beginning) => halfOpen(port, beginning))

    const { answers, statuses, failures, leaks } = await attack(port)
    expect(answers).toBeGreaterThan(1_000)
    expect(failures).toEqual([])
    // It was not one guard alone that stopped all of them.
    expect(Object.keys(statuses)).toEqual(expect.arrayContaining(['200', '400', '401', '403', '404', '431']))
    expect(leaks).toEqual([])
    const answered = await Promise.all(halves)
    expect(answered.filter((answer) => answer.startsWith('HTTP/1.1 408'))).not.toEqual([])

    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    expect(supervisor.snapshot().timers.find(({ id }) => id === TIMER)).toMatchObject({ isPaused: false })
    const { due, skipped, runs } = ledger(TIMER)
    expect(due).toBeGreaterThan(5)
    const reasons = Object.entries(skipped).flatMap(([reason, count]) => (count > 0 ? [reason] : []))
    // Hostile requests would skip ticks for other reasons: `paused`, `stopping`.
    expect(LATE_REASONS).toEqual(expect.arrayContaining(reasons))
    const problems = log.records.filter(({ level, msg }) => Number(level) >= 40 && !LATE_TICKS.includes(String(msg)))
    expect(problems).toEqual([])
    await nthRun(TIMER, runs.completed + 1)
    expect(JSON.stringify(log.records)).not.toContain(TOKEN)
    await stop()
  }, 120_000)
})
