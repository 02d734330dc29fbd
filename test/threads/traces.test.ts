/** Spans and diagnostics channels, on real threads. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  ConfigError,
  type KillDiagnostic,
  type RetryDiagnostic,
  type Supervisor,
  type TickDiagnostic,
} from '../../dist/src/index.js'
import { supervise } from '../support/supervised.js'

interface Span {
  readonly name: string
  readonly kind: number
  readonly traceId: string
  readonly spanId: string
  readonly parent?: string
  readonly status: { readonly code: number; readonly message?: string }
  readonly attributes: Readonly<Record<string, unknown>>
  readonly events: readonly { readonly name: string; readonly message: unknown }[]
}

interface Published {
  readonly channel: string
  readonly step: string
  readonly outcome?: string
  readonly entrypoint: string
}

interface Traced {
  spans(): Span[]
  published(): Published[]
}

/** Numbers of SpanKind and SpanStatusCode. */
const [INTERNAL, SERVER, CLIENT] = [0, 1, 2]
const ERROR = 2

const SDK = fixturePath('trace-sdk.mjs')

function fixturePath(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))
}

const PATIENT = { timeout: '1m' }
const spansOf = (supervisor: Supervisor, service: string) => supervisor.remote<Traced>(service, PATIENT).spans()

function heard<Message>(channel: string): Message[] {
  const messages: Message[] = []
  const take = (message: unknown) => void messages.push(message as Message)
  subscribe(channel, take)
  onTestFinished(() => void unsubscribe(channel, take))
  return messages
}

const total = (counts: object) => Object.values(counts).reduce((sum: number, count) => sum + count, 0)

describe('spans', () => {
  it('spans of attempts and calls form one trace for each attempt, across threads', async () => {
    const { supervisor, nthRun, stop } = await supervise(['traced.mjs'], {
      config: { escapement: { preload: [SDK] } },
    })
    await nthRun('beat.work', 1)
    const here = await spansOf(supervisor, 'beat')
    const there = await spansOf(supervisor, 'users')
    const [failed, completed] = here.filter(({ name }) => name === 'beat.work')
    const { attributes } = failed!
    expect(attributes).toMatchObject({
      'escapement.service': 'beat',
      'escapement.method': 'work',
      'escapement.tick.sequence': 1,
      'escapement.attempt': 1,
      'escapement.outcome': 'failed',
      'error.type': 'failed',
      'code.function.name': 'work',
      'faas.trigger': 'timer',
    })
    const due = attributes['escapement.tick.due'] as string
    expect(new Date(due).toISOString()).toBe(due)
    expect(attributes['faas.time']).toBe(due)
    expect(attributes['escapement.tick.id']).toBe(`beat.work@${due}`)
    expect(attributes['escapement.lateness']).toBeGreaterThanOrEqual(0)
    expect(failed).toMatchObject({ kind: INTERNAL, status: { code: ERROR, message: 'not yet' }, parent: undefined })
    expect(failed!.events).toEqual([{ name: 'exception', message: 'not yet' }])
    expect(completed).toMatchObject({ status: { code: 0 }, parent: undefined })
    expect(completed!.attributes).toMatchObject({ 'escapement.attempt': 2, 'escapement.outcome': 'completed' })
    expect(completed!.traceId).not.toBe(failed!.traceId)

    for (const attempt of [failed!, completed!]) {
      const inTrace = ({ traceId }: Span) => traceId === attempt.traceId
      expect(here.filter(inTrace).find(({ name }) => name === 'inside')!.parent).toBe(attempt.spanId)
      const call = here.filter(inTrace).find(({ name }) => name === 'users.lookup')!
      expect(call).toMatchObject({ kind: CLIENT, parent: attempt.spanId })
      expect(call.attributes).toMatchObject({
        'rpc.system': 'escapement',
        'rpc.service': 'users',
        'rpc.method': 'lookup',
        'escapement.outcome': 'completed',
      })
      const answer = there.filter(inTrace).find(({ name }) => name === 'users.lookup')!
      expect(answer).toMatchObject({ kind: SERVER, parent: call.spanId })
      expect(there.filter(inTrace).find(({ name }) => name === 'looking')!.parent).toBe(answer.spanId)
    }
    await stop()
  })

  it('spans say that a run was timed out, and name the expression of a cron timer', async () => {
    const { supervisor, nthRun, stop } = await supervise(['traced.mjs'], {
      config: { escapement: { preload: [SDK] } },
    })
    await Promise.all([nthRun('beat.slow', 1), nthRun('beat.quick', 1)])
    const spans = await spansOf(supervisor, 'beat')
    const slow = spans.find(({ name }) => name === 'beat.slow')!
    expect(slow.status.code).toBe(ERROR)
    expect(slow.attributes).toMatchObject({
      'escapement.outcome': 'timed_out',
      'escapement.cause': 'timeout',
      'error.type': 'timed_out',
    })
    const quick = spans.find(({ name }) => name === 'beat.quick')!
    expect(quick.attributes).toMatchObject({ 'faas.cron': '* * * * * *', 'escapement.outcome': 'completed' })
    await stop()
  })

  it('spans are not made with escapement.traces: false', async () => {
    const { supervisor, nthRun, stop } = await supervise(['traced.mjs'], {
      config: { escapement: { preload: [SDK], traces: false } },
    })
    await nthRun('beat.work', 1)
    const names = (await spansOf(supervisor, 'beat')).map(({ name }) => name)
    expect(new Set(names)).toEqual(new Set(['inside']))
    await stop()
  })
})

describe('diagnostics channels', () => {
  it('diagnostics channels of a service thread tell of attempts, answers and calls, without an SDK', async () => {
    const { supervisor, nthRun, stop } = await supervise(['traced.mjs'])
    await Promise.all([nthRun('beat.work', 1), nthRun('beat.quick', 1)])
    const beat = await supervisor.remote<Traced>('beat', PATIENT).published()
    const steps = (channel: string, entrypoint: string) =>
      beat
        .filter((message) => message.channel === channel && message.entrypoint === entrypoint)
        .map(({ step, outcome }) => (outcome ? `${step} ${outcome}` : step))
    expect(steps('run', 'beat.work').slice(0, 5)).toEqual([
      'start',
      'end',
      'error failed',
      'asyncStart failed',
      'asyncEnd failed',
    ])
    // The method returns no promise.
    expect(steps('run', 'beat.quick').slice(0, 2)).toEqual(['start', 'end completed'])
    expect(steps('call', 'lookup').slice(0, 4)).toEqual(['start', 'end', 'asyncStart completed', 'asyncEnd completed'])
    const users = await supervisor.remote<Traced>('users', PATIENT).published()
    const answers = users.filter(({ entrypoint }) => entrypoint === 'users.lookup')
    expect(answers[0]).toMatchObject({ channel: 'run', step: 'start' })
    await stop()
  })

  it('diagnostics channels of the main thread tell of every tick, of retries and of kills', async () => {
    const ticks = heard<TickDiagnostic>('escapement:tick')
    const retries = heard<RetryDiagnostic>('escapement:retry')
    const kills = heard<KillDiagnostic>('escapement:kill')
    const { nthRun, ledger, stop } = await supervise(['traced.mjs'])
    const [, killed] = await Promise.all([nthRun('beat.work', 1), nthRun('stuck.spin', 1)])
    expect(killed).toMatchObject({ outcome: 'timed_out' })
    await stop()
    expect(retries[0]).toMatchObject({ entrypoint: 'beat.work', sequence: 1, attempt: 1 })
    expect(retries[0]!.error).toMatchObject({ message: 'not yet' })
    const [kill] = kills
    expect(kill).toMatchObject({ pool: 'stuck', slot: 0, services: ['stuck'], reason: 'killed' })
    expect(kills.filter(({ threadId }) => threadId === kill!.threadId)).toHaveLength(1)
    for (const id of ['beat.work', 'beat.slow', 'beat.quick', 'stuck.spin']) {
      const { due, skipped, runs } = ledger(id)
      const told = ticks.filter(({ entrypoint }) => entrypoint === id)
      const numbersOf = (wanted: TickDiagnostic['decision']) =>
        told.filter(({ decision }) => decision === wanted).map(({ sequence }) => sequence)
      const skips = told.reduce((sum, { decision, count }) => sum + (decision === 'skip' ? count : 0), 0)
      expect(skips).toBe(total(skipped))
      // A tick that was handed over and could not begin is told of again when it is skipped.
      expect(new Set(numbersOf('run')).size).toBe(numbersOf('run').length)
      expect(numbersOf('run').filter((number) => !numbersOf('skip').includes(number)).length).toBe(total(runs))
      expect(skips + total(runs)).toBe(due)
    }
  })
})

describe('escapement.preload', () => {
  it('escapement.preload names the module that cannot be imported, and the service does not start', async () => {
    const preload = [fixturePath('preload-fails.mjs')]
    const starting = supervise(['plain.mjs'], { config: { escapement: { preload } } })
    await expect(starting).rejects.toThrow(/preload file:.*preload-fails\.mjs: import failed: Error: no collector/)
  })

  it('escapement.preload refuses a path without a file before anything starts', async () => {
    const starting = supervise(['plain.mjs'], { config: { escapement: { preload: ['./no-such.mjs'] } } })
    const error = await starting.catch((thrown) => thrown)
    expect(error).toBeInstanceOf(ConfigError)
    expect(error).toMatchObject({ code: 'ERR_CONFIG_VALUE' })
    expect(error.message).toMatch(/^configuration: escapement\.preload: module \.\/no-such\.mjs does not exist/)
  })
})
