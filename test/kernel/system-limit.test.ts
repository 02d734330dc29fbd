import { describe, expect, it } from 'vitest'
import { limitSentence, type SystemUsage } from '../../src/kernel/system-limit.js'
import { toWireError } from '../../src/kernel/wire-error/wire-error.js'

const USAGE: SystemUsage = { openFilesLimit: 96, openFiles: 80, threadsLimit: 14, threads: 12 }
const sentence = (error: unknown, usage: SystemUsage = USAGE) => limitSentence(error, () => usage)

const error = (message: string, code?: string, options?: ErrorOptions) =>
  Object.assign(new Error(message, options), code !== undefined && { code })

const FILES = /ulimit -n is 96; 80 are open now.*ulimit -n 1024/
const THREADS = /ulimit -u is 14, for all programs of this user together; this process has 12 threads/

describe('an error that ran into a limit of the operating system', () => {
  it.each([
    ['a file', error("EMFILE: too many open files, open '/x'", 'EMFILE'), FILES],
    ['a connection', error('connect EMFILE 127.0.0.1:6379', 'EMFILE'), FILES],
    ['a server', error('listen EMFILE', 'EMFILE'), FILES],
    [
      'an error told in the message of another one',
      error('a.mjs cannot be imported: EMFILE: too many open files'),
      FILES,
    ],
    ['the loop of a thread', error('Worker initialization failure: EMFILE', 'ERR_WORKER_INIT_FAILED'), FILES],
    ['a cause', error('service: onStart failed', 'ERR_START', { cause: error('EMFILE', 'EMFILE') }), FILES],
    ['an error of several', new AggregateError([error('connect EMFILE', 'EMFILE')], ''), FILES],
    ['an error from another thread', toWireError(error('no', undefined, { cause: error('', 'EMFILE') })), FILES],
    ['a thread', error('EAGAIN', 'ERR_WORKER_INIT_FAILED'), THREADS],
    ['a child process', error('spawn ls EAGAIN', 'EAGAIN'), THREADS],
    ['the files of the machine', error('ENFILE: file table overflow', 'ENFILE'), /sysctl fs\.file-max/],
    ['memory for a thread', error('ENOMEM', 'ERR_WORKER_INIT_FAILED'), /refused memory.*ulimit -v/],
    ['memory for a system call', error('ENOMEM: not enough memory, read', 'ENOMEM'), /refused memory/],
  ])('names the limit for %s', (_, given, expected) => {
    expect(sentence(given)).toMatch(expected)
  })

  it.each([
    ['a refused connection', error('connect ECONNREFUSED 127.0.0.1:1', 'ECONNREFUSED')],
    ['a read that would wait', error('EAGAIN: resource temporarily unavailable, read', 'EAGAIN')],
    ['a full disk', error('ENOSPC: no space left on device, write', 'ENOSPC')],
    ['no error', undefined],
    ['text', 'EMFILE'],
  ])('is not seen in %s', (_, given) => {
    expect(sentence(given)).toBeUndefined()
  })

  it('is named without figures where the platform gives none', () => {
    expect(sentence(error('', 'EMFILE'), {})).toMatch(/sockets \(ulimit -n\)\. Raise/)
    expect(sentence(error('EAGAIN', 'ERR_WORKER_INIT_FAILED'), {})).toMatch(/\(ulimit -u, for all programs/)
  })

  it('is named once in the message of the error that goes to other threads, with figures of this process', () => {
    const { message } = toWireError(error("EMFILE: too many open files, open '/x'", 'EMFILE'))
    expect(message).toMatch(
      /^EMFILE: too many open files, open '\/x': this process may not open more files and sockets \(ulimit -n/,
    )
    expect(toWireError(error(message, 'EMFILE')).message).toBe(message)
  })

  it('is found in a chain of causes that is a loop', () => {
    const loop = error('loop')
    loop.cause = loop
    expect(sentence(loop)).toBeUndefined()
  })
})
