/** Random callers, methods and threads: every call ends once, its caller gets one result, and the router keeps no trace of it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Events, type RpcEnded } from '../../src/kernel/events.js'
import type { CallMessage, CancelMessage, ReturnMessage } from '../../src/kernel/link-protocol.js'
import type { RpcReply } from '../../src/kernel/rpc.js'
import type { RpcEndpoint } from '../../src/kernel/rpc-endpoint.js'
import { RpcRouter } from '../../src/rpc/router.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'

class FakeThread implements RpcEndpoint {
  readonly isOutside = false
  calls = 0
  readonly returned: { readonly id: number; readonly reply: RpcReply }[] = []
  readonly serving: number[] = []
  readonly cancelled: number[] = []
  inside: number | undefined
  killed = 0

  post(message: CallMessage | CancelMessage | ReturnMessage): void {
    if (message.kind === 'call') this.serving.push(message.id)
    else if (message.kind === 'cancel') this.cancelled.push(message.id)
    else this.returned.push({ id: message.id, reply: message.reply })
  }

  isInside(id: number): boolean {
    return this.inside === id
  }

  kill(): void {
    this.killed++
  }
}

class World {
  readonly clock = new VirtualClock()
  readonly events = new Events()
  readonly ended: RpcEnded[] = []
  readonly callers = [new FakeThread(), new FakeThread()]
  up: FakeThread[] = []
  isClosed = false
  readonly router: RpcRouter
  readonly made = new Map<FakeThread, Set<number>>()
  readonly open = new Map<FakeThread, Set<number>>()
  #lastId = 0

  constructor() {
    const world = this
    this.router = new RpcRouter({
      clock: this.clock,
      events: this.events,
      services: new Map([
        [
          'svc',
          {
            methods: new Set(['work']),
            destination: {
              placeCall: () => this.up.toSorted((left, right) => left.calls - right.calls)[0],
              get isClosed() {
                return world.isClosed
              },
            },
          },
        ],
      ]),
    })
    this.events.on('rpc.ended', (ended) => this.ended.push(ended))
    for (const caller of this.callers) this.open.set(caller, new Set())
  }

  call(caller: FakeThread, method = 'work', service = 'svc'): number {
    const id = ++this.#lastId
    this.open.get(caller)!.add(id)
    this.router.receive(caller, {
      kind: 'call',
      id,
      call: { service, method, args: [], deadline: 1e9, callStack: [] },
    })
    return id
  }

  get sent(): number {
    return this.#lastId
  }
}

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('call' as const), caller: fc.nat(1) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('reply' as const), pick: fc.nat(50) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), caller: fc.nat(1), pick: fc.nat(50) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('start' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('die' as const), pick: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('late reply' as const), pick: fc.nat(50) }) },
)

describe('the router of calls', () => {
  it('the router of calls ends every call exactly once', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const world = new World()
        const { router } = world
        let cancelled = 0
        for (const action of steps) {
          if (action.do === 'call') world.call(world.callers[action.caller]!)
          if (action.do === 'start' && world.up.length < 3) {
            world.up.push(new FakeThread())
            router.threadUp(['svc'])
          }
          if (action.do === 'reply' || action.do === 'late reply') {
            const thread = world.up[action.pick % Math.max(1, world.up.length)]
            const id = thread?.serving[action.pick % Math.max(1, thread.serving.length)]
            if (thread && id !== undefined) {
              // A late reply does not remove its number from the list, so that the test can send it again.
              if (action.do === 'reply') thread.serving.splice(thread.serving.indexOf(id), 1)
              router.receive(thread, { kind: 'return', id, reply: { kind: 'completed', value: id } })
            }
          }
          if (action.do === 'cancel') {
            const caller = world.callers[action.caller]!
            const open = [...world.open.get(caller)!].filter((id) => !caller.returned.some((reply) => reply.id === id))
            const id = open[action.pick % Math.max(1, open.length)]
            if (id !== undefined) {
              world.open.get(caller)!.delete(id)
              cancelled++
              router.receive(caller, { kind: 'cancel', id, because: 'timed_out' })
            }
          }
          if (action.do === 'die') {
            const [thread] = world.up.splice(action.pick % Math.max(1, world.up.length), 1)
            if (thread) router.ended(thread, { name: 'ThreadExit', message: 'gone' })
          }
        }
        // All calls end when the service ends.
        world.isClosed = true
        for (const thread of world.up.splice(0)) router.ended(thread, { name: 'ThreadExit', message: 'gone' })
        router.closed(['svc'])
        const answered = world.callers.flatMap(({ returned }) => returned.map(({ id }) => id))
        expect(new Set(answered).size).toBe(answered.length)
        expect(answered.length + cancelled).toBe(world.sent)
        expect(world.ended).toHaveLength(world.sent)
      }),
    )
  })

  it('the router of calls counts the calls that each thread is serving', () => {
    const world = new World()
    const [caller] = world.callers as [FakeThread, FakeThread]
    world.up = [new FakeThread(), new FakeThread()]
    for (let n = 0; n < 6; n++) world.call(caller)
    expect(world.up.map(({ calls }) => calls)).toEqual([3, 3])
    const [first, second] = world.up as [FakeThread, FakeThread]
    for (const id of first.serving)
      world.router.receive(first, { kind: 'return', id, reply: { kind: 'completed', value: 1 } })
    expect([first.calls, second.calls]).toEqual([0, 3])
    world.router.ended(caller, { name: 'ThreadExit', message: 'gone' })
    expect([first.calls, second.calls]).toEqual([0, 0])
    expect(second.cancelled).toEqual(second.serving)
  })

  it('the router of calls kills the thread of a method that still blocks it a second after the caller stopped waiting', async () => {
    const world = new World()
    const [caller] = world.callers as [FakeThread, FakeThread]
    const stuck = new FakeThread()
    const polite = new FakeThread()
    world.up = [stuck, polite]
    const ids = [world.call(caller), world.call(caller)]
    stuck.inside = stuck.serving[0]
    for (const id of ids) world.router.receive(caller, { kind: 'cancel', id, because: 'timed_out' })
    await world.clock.advance(999_000)
    expect([stuck.killed, polite.killed]).toEqual([0, 0])
    await world.clock.advance(2_000)
    expect([stuck.killed, polite.killed]).toEqual([1, 0])
  })

  it('the router of calls refuses a service or method that does not exist, and names the existing ones', () => {
    const world = new World()
    const [caller] = world.callers as [FakeThread, FakeThread]
    world.call(caller, 'wrk')
    world.call(caller, 'work', 'scv')
    world.isClosed = true
    world.call(caller)
    expect(caller.returned.map(({ reply }) => reply)).toEqual([
      { kind: 'unknown_method', known: ['work'] },
      { kind: 'unknown_service', known: ['svc'] },
      { kind: 'stopping' },
    ])
    expect(world.ended.map(({ outcome, isKnown }) => [outcome, isKnown])).toEqual([
      ['refused', false],
      ['refused', false],
      ['refused', true],
    ])
  })
})
