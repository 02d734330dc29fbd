import { describe, expect, it } from 'vitest'
import type { StreamName } from '../../../src/kernel/output/output-protocol.js'
import type { RunTag } from '../../../src/kernel/output/run-notes.js'
import { captureStreams } from '../../../src/observe/output/capture-streams.js'

describe('captured streams', () => {
  it('send text and bytes at once and in order, and are as before when they are given back', () => {
    const before = [process.stdout._write, process.stderr._write]
    const sent: [StreamName, string | Uint8Array][] = []
    const release = captureStreams({ sendChunk: (stream, text) => void sent.push([stream, text]) })
    try {
      process.stdout.write('one')
      process.stderr.write('two\n')
      process.stdout.write('c3a9', 'hex')
      process.stdout.cork()
      process.stdout.write('three')
      process.stdout.write('four')
      process.stdout.uncork()
    } finally {
      release()
    }
    expect(sent.map(([stream, text]) => [stream, Buffer.from(text as string).toString()])).toEqual([
      ['stdout', 'one'],
      ['stderr', 'two\n'],
      ['stdout', 'é'],
      ['stdout', 'three'],
      ['stdout', 'four'],
    ])
    expect([process.stdout._write, process.stderr._write]).toEqual(before)
  })

  it('copy bytes, which the writer may change afterwards', () => {
    const sent: (string | Uint8Array)[] = []
    const release = captureStreams({ sendChunk: (_stream, text) => void sent.push(text) })
    const bytes = Buffer.from('before')
    try {
      process.stdout.write(bytes)
    } finally {
      release()
    }
    bytes.fill('x')
    expect(Buffer.from(sent[0] as Uint8Array).toString()).toBe('before')
  })

  it('send with each piece the run that is writing it', () => {
    const sent: unknown[] = []
    let run: RunTag | undefined
    const release = captureStreams({ sendChunk: (...chunk) => void sent.push(chunk) }, () => run)
    try {
      process.stdout.write('outside')
      run = { entrypoint: 'svc.work', sequence: 7 }
      process.stderr.write('inside')
    } finally {
      release()
    }
    expect(sent).toEqual([
      ['stdout', 'outside', undefined],
      ['stderr', 'inside', { entrypoint: 'svc.work', sequence: 7 }],
    ])
  })
})
