/** The numbers in the titles are those of the invariants in host/trace/tracing.ts. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { TickRun } from '../../src/host/tick-run.js'
import type { LiveTimer } from '../../src/host/timer-runner.js'
import { Tracing } from '../../src/host/trace/tracing.js'
import type { RunDiagnostic } from '../../src/kernel/diagnostics.js'
import { AbortedError } from '../../src/kernel/tick.js'

const STEPS = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const

function listen() {
  const steps: string[] = []
  const messages: RunDiagnostic[] = []
  for (const step of STEPS) {
    const take = (message: unknown) => {
      steps.push(step)
      messages.push(message as RunDiagnostic)
    }
    subscribe(`tracing:escapement:run:${step}`, take)
    onTestFinished(() => void unsubscribe(`tracing:escapement:run:${step}`, take))
  }
  return { steps, messages }
}

function runWith(aborted?: AbortedError): TickRun {
  const controller = new AbortController()
  if (aborted) controller.abort(aborted)
  const tick = { aborted: aborted !== undefined, signal: controller.signal }
  return { entrypoint: 'svc.tick', tick, signal: controller.signal } as unknown as TickRun
}

const traced = (call: () => unknown) => new Tracing().timer({ call } as unknown as LiveTimer, {})

describe('the tracing of a thread', () => {
  it('1. calls the method alone while nobody subscribes', () => {
    const stack = (name: string) => {
      let frames = ''
      const timer = traced(() => {
        frames = new Error(name).stack!
      })
      timer.call(runWith())
      return frames
    }
    expect(stack('unheard')).not.toContain('published')
    listen()
    expect(stack('heard')).toContain('published')
  })

  it('2. passes on what a method returns, and gives a promise only where there was one', async () => {
    const { steps, messages } = listen()
    expect(traced(() => 5).call(runWith())).toBe(5)
    expect(steps).toEqual(['start', 'end'])
    expect(messages[0]).toMatchObject({ outcome: 'completed', result: 5 })
    const promise = traced(async () => 6).call(runWith())
    expect(promise).toBeInstanceOf(Promise)
    expect(await promise).toBe(6)
    expect(steps.slice(2)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd'])
    expect(new Set(messages.slice(2)).size).toBe(1)
  })

  it('2. passes on what a method throws, at once or later', async () => {
    const { steps, messages } = listen()
    const thrown = new Error('thrown')
    const thrower = traced(() => {
      throw thrown
    })
    expect(() => thrower.call(runWith())).toThrow(thrown)
    expect(steps).toEqual(['start', 'error', 'end'])
    expect(messages[1]).toMatchObject({ outcome: 'failed', error: thrown })
    await expect(traced(async () => Promise.reject(thrown)).call(runWith())).rejects.toBe(thrown)
    expect(steps.slice(3)).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd'])
  })

  it.each([
    ['timeout', 'timed_out'],
    ['lease_lost', 'aborted'],
  ] as const)('says of an attempt that was aborted for %s that it is %s, however it ended', (cause, outcome) => {
    const { messages } = listen()
    traced(() => 'too late').call(runWith(new AbortedError('svc.tick', cause)))
    expect(messages[0]).toMatchObject({ outcome, cause })
  })
})
