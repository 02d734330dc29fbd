/** The numbers in the titles are those of the invariants in send-order.ts. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SendOrder } from '../../../src/admin/output/send-order.js'

interface Sent {
  readonly place: number
  readonly sender: number
  /** Messages that were in their port before this one was numbered. */
  readonly causes: readonly Sent[]
}

const SENDERS = [0, 1, 2]

/** Threads that number and send messages, and the event loop that reads them. */
class Scene {
  readonly passed: Sent[] = []
  readonly ports: Sent[][] = SENDERS.map(() => [])
  readonly turns: (() => void)[] = []
  reads = 0
  now = 0
  /** Happens in other threads before the next port is read. */
  meanwhile = () => {}
  readonly #posted: Sent[] = []
  readonly #unposted: (Sent | undefined)[] = SENDERS.map(() => undefined)
  #last: number
  readonly order: SendOrder<Sent>

  constructor(last = 0) {
    this.#last = last
    this.order = new SendOrder<Sent>({
      lastPlace: () => this.#last,
      senders: SENDERS.map((sender) => ({
        read: () => {
          this.meanwhile()
          this.reads++
          return this.ports[sender]!.shift()
        },
      })),
      pass: (message) => void this.passed.push(message),
      nextTurn: (callback) => void this.turns.push(callback),
      now: () => this.now,
    })
  }

  number(sender: number): void {
    if (this.#unposted[sender]) return
    this.#last = (this.#last + 1) | 0
    this.#unposted[sender] = { place: this.#last, sender, causes: [...this.#posted] }
  }

  post(sender: number): void {
    const message = this.#unposted[sender]
    if (!message) return
    this.#unposted[sender] = undefined
    this.#posted.push(message)
    this.ports[sender]!.push(message)
  }

  /** The thread ends between numbering and sending. */
  die(sender: number): void {
    this.#unposted[sender] = undefined
  }

  send(sender: number): void {
    this.number(sender)
    this.post(sender)
  }

  /** When what was numbered before this admin thread is forgotten. */
  later(): this {
    this.now += 1_000_000
    this.order.settle()
    this.reads = 0
    return this
  }

  /** The event loop reads the port of this sender. */
  event(sender: number): void {
    const message = this.ports[sender]!.shift()
    if (message) this.order.take(message)
  }

  turn(): void {
    for (const callback of this.turns.splice(0)) callback()
  }

  get posted(): readonly Sent[] {
    return this.#posted
  }
}

const places = (messages: readonly Sent[]) => messages.map(({ place }) => place)

function misplaced(passed: readonly Sent[]): readonly string[] {
  const at = new Map(passed.map((message, index) => [message, index]))
  return passed.flatMap((message, index) =>
    message.causes.flatMap((cause) => (at.get(cause)! < index ? [] : [`${message.place} before ${cause.place}`])),
  )
}

describe('the order of what several threads send', () => {
  it('1. a message that waits in another port and was sent before is passed on first', () => {
    const scene = new Scene()
    scene.send(0)
    scene.send(1)
    scene.event(1)
    expect(places(scene.passed)).toEqual([1, 2])
  })

  it('twin: the event loop reads the later message first', () => {
    const scene = new Scene()
    scene.send(0)
    scene.send(1)
    expect(scene.ports[1]).toMatchObject([{ place: 2 }])
  })

  it('1. 2. 3. every message is passed on once, after all that were in a port before it was numbered', () => {
    const step = fc.record({
      what: fc.constantFrom('number', 'post', 'send', 'die', 'event', 'event', 'turn'),
      sender: fc.constantFrom(...SENDERS),
    })
    const steps = fc.array(step, { maxLength: 60, size: 'max' })
    const start = fc.constantFrom(0, 2 ** 31 - 5)
    fc.assert(
      fc.property(steps, steps, start, (loop, others, last) => {
        const scene = new Scene(last)
        const meanwhile = others.filter(({ what }) => what !== 'event' && what !== 'turn')
        scene.meanwhile = () => {
          const next = meanwhile.shift()
          if (next) scene[next.what as 'number' | 'post' | 'send' | 'die'](next.sender)
        }
        for (const { what, sender } of loop) scene[what](sender)
        meanwhile.length = 0
        for (const sender of SENDERS) while (scene.ports[sender]!.length > 0) scene.event(sender)
        scene.turn()
        scene.turn()
        expect(misplaced(scene.passed)).toEqual([])
        expect(new Set(scene.passed)).toEqual(new Set(scene.posted))
        expect(scene.passed).toHaveLength(scene.posted.length)
      }),
      { numRuns: 3_000 },
    )
  })

  it('1. a message that is sent late is passed on before what it has caused, although its number was missing', () => {
    const scene = new Scene()
    scene.number(0)
    scene.send(1)
    scene.event(1)
    scene.post(0)
    scene.send(2)
    scene.event(2)
    expect(places(scene.passed)).toEqual([2, 1, 3])
  })

  it('3. a sender that never pauses gets one message beyond the cut read, and no more in this turn', () => {
    const scene = new Scene()
    scene.send(0)
    scene.send(1)
    scene.meanwhile = () => scene.send(1)
    scene.event(1)
    expect(scene.reads).toBeLessThan(10)
    expect(places(scene.passed)).toEqual([1, 2])
    scene.meanwhile = () => {}
    scene.turn()
    expect(scene.passed).toHaveLength(scene.posted.length)
  })

  it('4. no port is read while no number is missing', () => {
    const scene = new Scene().later()
    for (let sent = 0; sent < 9; sent++) {
      scene.send(sent % 3)
      scene.event(sent % 3)
    }
    expect([scene.passed.length, scene.reads]).toEqual([9, 0])
  })

  it('4. ports are read for each message until a number that is missing has come', () => {
    const scene = new Scene().later()
    scene.number(0)
    const readsOf = (sender: number) => {
      const before = scene.reads
      scene.send(sender)
      scene.event(sender)
      return scene.reads - before
    }
    expect([readsOf(1), readsOf(1), readsOf(2)].every((reads) => reads > 0)).toBe(true)
    scene.post(0)
    scene.event(0)
    expect([readsOf(1), readsOf(2)]).toEqual([0, 0])
  })

  it.each([
    [999_999, true],
    [1_000_000, false],
  ])('4. %i µs after a number was missed first it is missing: %s', (later, isMissing) => {
    const scene = new Scene().later()
    scene.number(0)
    scene.send(1)
    scene.event(1)
    scene.die(0)
    scene.now += later
    scene.send(1)
    scene.event(1)
    scene.reads = 0
    scene.send(2)
    scene.event(2)
    expect(scene.reads > 0).toBe(isMissing)
  })

  it('4. what was missing first is forgotten, although further numbers are missing for a moment all the time', () => {
    const scene = new Scene()
    scene.number(0)
    scene.die(0)
    for (let half = 0; half < 10; half++) {
      scene.number(0)
      scene.send(1)
      scene.event(1)
      scene.post(0)
      scene.event(0)
      scene.now += 500_000
    }
    scene.reads = 0
    scene.send(2)
    scene.event(2)
    expect([scene.passed.length, scene.reads]).toEqual([21, 0])
  })

  it('1. 4. a message that was numbered before the admin thread was there is passed on before what it has caused', () => {
    let last = 1
    const [port, passed]: [number[], number[]] = [[], []]
    const order = new SendOrder({
      lastPlace: () => last,
      senders: [{ read: () => (port.length > 0 ? { place: port.shift()! } : undefined) }],
      pass: ({ place }) => void passed.push(place),
      nextTurn: () => {},
      now: () => 0,
    })
    port.push(1)
    last = 2
    order.take({ place: 2 })
    expect(passed).toEqual([1, 2])
  })

  it('at the end everything that was sent is passed on, also what was sent after the cut', () => {
    const scene = new Scene()
    scene.send(0)
    let isFirst = true
    scene.meanwhile = () => {
      if (isFirst) scene.send(2)
      isFirst = false
    }
    scene.order.end()
    expect(places(scene.passed)).toEqual([1, 2])
  })
})
