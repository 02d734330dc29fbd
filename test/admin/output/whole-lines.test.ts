import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WholeLines } from '../../../src/admin/output/whole-lines.js'

function scene() {
  const written: string[] = []
  const settled: number[] = []
  const lines = new WholeLines(({ bytes, settle }) => {
    written.push(Buffer.from(bytes).toString())
    settle()
  })
  let sent = 0
  const settle = () => {
    const index = sent++
    return () => void settled.push(index)
  }
  return {
    lines,
    written,
    settled,
    chunk: (text: string | Uint8Array) => lines.takeChunk(text, settle()),
    line: (text: string) => lines.takeLine(text, settle()),
  }
}

describe('the output of one thread', () => {
  it('is passed on in whole lines, whatever the pieces, and each piece is settled once and in order', () => {
    const piece = fc.oneof(fc.string({ unit: fc.constantFrom('a', 'é', '\n') }), fc.uint8Array({ maxLength: 5 }))
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const { lines, written, settled, chunk } = scene()
        for (const one of pieces) chunk(one)
        for (const line of written) expect(line.endsWith('\n')).toBe(true)
        lines.complete()
        const all = Buffer.concat(pieces.map((one) => Buffer.from(one as string))).toString()
        const end = all === '' || all.endsWith('\n') ? '' : '\n'
        expect(Buffer.from(written.join('')).toString()).toBe(all + end)
        expect(settled).toEqual(pieces.map((_, index) => index))
      }),
    )
  })

  it('ends an unfinished line when a log line follows', () => {
    const { written, chunk, line } = scene()
    chunk('half a')
    line('{"a":1}\n')
    expect(written).toEqual(['half a\n', '{"a":1}\n'])
  })

  it('ends an unfinished line that has become too long to hold', () => {
    const { written, chunk } = scene()
    for (let piece = 0; piece < 17; piece++) chunk('x'.repeat(65_536))
    expect(written.map((text) => text.length)).toEqual([17 * 65_536 + 1])
  })
})
