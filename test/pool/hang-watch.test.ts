import { describe, expect, it } from 'vitest'
import { HangWatch, type Work } from '../../src/pool/hang-watch.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { START_FAILED } from './fake-thread.js'
import { BEGIN_LIMIT, MILLISECOND, TestSlot } from './test-slot.js'

const LIMIT = 1_000 * MILLISECOND

class Watched {
  readonly clock = new VirtualClock()
  work: Work = { kind: 'none' }
  hangs = 0
  looks = 0
  readonly watch = new HangWatch({
    clock: this.clock,
    shortestLimit: LIMIT,
    work: () => {
      this.looks++
      return this.work
    },
    onHang: () => this.hangs++,
  })

  waiting(item: unknown, { progress = 0, dueMono = 0 } = {}): void {
    this.work = { kind: 'waiting', item, progress, dueMono, limit: LIMIT }
  }

  /** Work that nobody begins is handed over. */
  handOver(item: unknown = 'run'): void {
    this.waiting(item)
    this.watch.handedOver()
  }

  async advance(limits: number): Promise<void> {
    await this.clock.advance(limits * LIMIT)
  }
}

describe('HangWatch', () => {
  it('reports work that waits for longer than its limit, once (5)', async () => {
    const watched = new Watched()
    watched.handOver()
    await watched.advance(0.99)
    expect(watched.hangs).toBe(0)
    await watched.advance(0.5)
    expect(watched.hangs).toBe(1)
    watched.watch.handedOver()
    await watched.advance(10)
    expect(watched.hangs).toBe(1)
  })

  it('arms no timer while the thread has nothing to do (1)', async () => {
    const watched = new Watched()
    watched.handOver()
    watched.work = { kind: 'none' }
    await watched.advance(1)
    expect(watched.looks).toBe(1)
    await watched.advance(100)
    expect(watched.looks).toBe(1)
    watched.handOver()
    await watched.advance(2)
    expect(watched.hangs).toBe(1)
  })

  it('takes a long run of another method for no hang, and counts from its end (2, 3)', async () => {
    const watched = new Watched()
    watched.handOver()
    watched.work = { kind: 'in_progress' }
    await watched.advance(50)
    watched.waiting('run')
    await watched.advance(1)
    expect(watched.hangs).toBe(0)
    await watched.advance(1)
    expect(watched.hangs).toBe(1)
  })

  it('counts anew when the thread has done something meanwhile, or other work waits (3)', async () => {
    const watched = new Watched()
    watched.handOver('first')
    for (let progress = 1; progress <= 10; progress++) {
      await watched.advance(0.5)
      watched.waiting('first', { progress })
    }
    for (let item = 0; item < 10; item++) {
      await watched.advance(0.5)
      watched.waiting(item, { progress: 10 })
    }
    expect(watched.hangs).toBe(0)
    await watched.advance(2)
    expect(watched.hangs).toBe(1)
  })

  it('counts from the due moment of a run that was handed over early (3)', async () => {
    const watched = new Watched()
    watched.waiting('run', { dueMono: 5 * LIMIT })
    watched.watch.handedOver()
    await watched.advance(5.9)
    expect(watched.hangs).toBe(0)
    await watched.advance(0.5)
    expect(watched.hangs).toBe(1)
  })

  it('gives the thread its time again after the process was stopped (4)', async () => {
    const watched = new Watched()
    watched.handOver()
    await watched.advance(0.3)
    await watched.clock.stall(60 * LIMIT)
    expect(watched.hangs).toBe(0)
    await watched.advance(2)
    expect(watched.hangs).toBe(1)
  })

  it('reports nothing of a thread that is being ended', async () => {
    const watched = new Watched()
    watched.handOver()
    watched.watch.stop()
    await watched.advance(10)
    expect(watched.hangs).toBe(0)
  })
})

describe('a slot whose thread hangs outside of any run', () => {
  it('ends the thread, books the run as crashed and starts another at once', async () => {
    const test = await TestSlot.up()
    const { reports } = test.run()
    await test.advance((1.5 * BEGIN_LIMIT) / MILLISECOND)
    expect(test.log).toEqual(['up 1', 'exit 1 hung, next in 0 ms', 'up 2'])
    expect(reports).toMatchObject([{ result: 'crashed', startedAt: undefined, error: { name: 'ThreadHungError' } }])
    expect(reports[0]!.error!.message).toContain('the thread hung outside of any run')
    expect(reports[0]!.isBlamed).toBe(false)
  })

  it('says so until another thread is up', async () => {
    const test = await TestSlot.up([{}, { start: 'never' }])
    test.run()
    await test.advance((1.5 * BEGIN_LIMIT) / MILLISECOND)
    expect(test.slot.viewState).toBe('starting')
    expect(test.slot.problem).toContain('the thread hung outside of any run')
  })

  it('is not taken for hung while another run is in progress', async () => {
    const test = await TestSlot.up()
    const first = test.run()
    test.threads.thread(1).block.begin(first.record)
    test.run()
    await test.advance((5 * BEGIN_LIMIT) / MILLISECOND)
    expect(test.log).toEqual(['up 1'])
  })
})

describe('a slot whose services fail to start again', () => {
  it('says which step of which service failed, in the exit and until another thread is up', async () => {
    const messages: (string | undefined)[] = []
    const test = await TestSlot.up([{}, { start: START_FAILED }, { start: 'never' }], {
      onExit: (_slot, exit) => messages.push(exit.error?.message),
    })
    test.threads.thread(1).exit(7)
    await test.advance(500)
    expect(messages).toEqual([undefined, 'svc: onStart failed: Error: no database'])
    expect(test.slot.problem).toBe('svc: onStart failed: Error: no database')
  })
})
