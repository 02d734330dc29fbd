/** The numbers in the titles are those of the invariants in stream-writer.ts. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StreamWriter } from '../../../src/admin/output/stream-writer.js'
import type { Obstacle } from '../../../src/kernel/output/output-memory.js'

/** What one write does: takes so many bytes at most, or fails with a code. */
type Act = number | string

class Scene {
  written = ''
  readonly settled: number[] = []
  readonly dropped: string[] = []
  readonly obstacles: Obstacle[] = []
  isCut = false
  acts: Act[] = []
  /** What waits for the next turn, or for the end of a span. */
  readonly #later: (() => void)[] = []
  readonly writer: StreamWriter

  constructor({ mostBytes = Number.POSITIVE_INFINITY, isCut = false } = {}) {
    this.writer = new StreamWriter({
      write: (bytes) => this.#write(bytes),
      onDropped: (reason) => this.dropped.push(reason),
      onObstacle: (obstacle) => this.obstacles.push(obstacle),
      onCut: (isCut) => {
        this.isCut = isCut
      },
      isCut,
      onIdle: () => {},
      after: (_span, callback) => this.#later.push(callback),
      nextTurn: (callback) => this.#later.push(callback),
      mostBytes,
    })
  }

  add(...lines: string[]): this {
    for (const line of lines) {
      const index = this.settled.push(0) - 1
      this.writer.add({ bytes: Buffer.from(line), settle: () => void this.settled[index]!++ })
    }
    return this
  }

  turn(): this {
    for (const callback of this.#later.splice(0)) callback()
    return this
  }

  turnUntilIdle(): this {
    while (!this.writer.isIdle) this.turn()
    return this
  }

  #write(bytes: Uint8Array): number {
    const act = this.acts.shift() ?? Number.POSITIVE_INFINITY
    if (typeof act === 'string') throw Object.assign(new Error(act), { code: act })
    const count = Math.min(act, bytes.length)
    this.written += Buffer.from(bytes.subarray(0, count)).toString()
    return count
  }
}

describe('a stream writer', () => {
  it('1, 2, 3. writes each line whole and once, or drops and counts it, whatever the stream does', () => {
    const act = fc.oneof(
      fc.integer({ min: 0, max: 9 }),
      fc.constantFrom('EAGAIN', 'ENOSPC', 'EPIPE', 'EIO', 'EINTR', 'anything'),
    )
    const lines = fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 12 })
    fc.assert(
      fc.property(fc.array(fc.record({ lines, acts: fc.array(act, { maxLength: 8 }) }), { maxLength: 6 }), (rounds) => {
        const scene = new Scene()
        const sent: string[] = []
        for (const { lines, acts } of rounds) {
          scene.acts = [...acts]
          for (const length of lines) {
            // A part of a line is never a whole line.
            const line = `<${String(sent.length).padStart(length, '.')}>\n`
            sent.push(line)
            scene.add(line)
          }
          scene.turn().turn()
        }
        scene.turnUntilIdle()
        expect(scene.settled).toEqual(sent.map(() => 1))
        const whole = scene.written.split('\n').filter((line) => sent.includes(`${line}\n`))
        // In their order, and each that is missing was counted.
        expect(whole).toEqual(sent.map((line) => line.trimEnd()).filter((line) => whole.includes(line)))
        // A line whose last byte alone was missing is counted, and gets its line end from the next one.
        expect(whole.length + scene.dropped.length).toBeGreaterThanOrEqual(sent.length)
        expect(new Set(scene.dropped).size).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('1. completes a line that a full pipe took in part before it writes another one', () => {
    const scene = new Scene()
    scene.acts = [4, 'EAGAIN']
    scene.add('{"first":1}\n').turn().add('{"second":2}\n')
    expect([scene.written, scene.isCut, scene.obstacles]).toEqual(['{"fi', true, ['slow_reader']])
    scene.turnUntilIdle()
    expect([scene.written, scene.isCut]).toEqual(['{"first":1}\n{"second":2}\n', false])
    expect(scene.obstacles).toEqual(['slow_reader', 'none'])
  })

  it('1. begins a new line after one that was cut off for good, by itself or by an earlier thread', () => {
    const scene = new Scene()
    scene.acts = [4, 'EPIPE']
    scene.add('{"first":1}\n', '{"second":2}\n').turnUntilIdle()
    expect(scene.dropped).toEqual(['closed', 'closed'])
    scene.add('{"third":3}\n').turnUntilIdle()
    expect(scene.written).toBe('{"fi\n{"third":3}\n')
    expect(new Scene({ isCut: true }).add('{"a":1}\n').turnUntilIdle().written).toBe('\n{"a":1}\n')
  })

  it('2. keeps lines while the disk is full, and writes them when there is space again', () => {
    const scene = new Scene()
    scene.acts = ['ENOSPC', 'ENOSPC', 'ENOSPC']
    scene.add('a\n').turn().add('b\n').turn()
    expect([scene.written, scene.obstacles]).toEqual(['', ['no_space']])
    expect(scene.turnUntilIdle().written).toBe('a\nb\n')
    expect(scene.dropped).toEqual([])
  })

  it('4. drops new lines when too many wait, and says what kept it from writing', () => {
    const scene = new Scene({ mostBytes: 10 })
    scene.acts = ['ENOSPC']
    scene.add('123456789\n').turn().add('too much\n')
    expect([scene.dropped, scene.settled]).toEqual([['no_space'], [0, 1]])
    expect(scene.turnUntilIdle().written).toBe('123456789\n')
  })

  it('4. always takes one line, however long it is', () => {
    const line = `${'x'.repeat(200_000)}\n`
    expect(new Scene({ mostBytes: 10 }).add(line).turnUntilIdle().written).toBe(line)
  })
})
