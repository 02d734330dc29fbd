/** The writing of the requests of a turn. The numbers are those of the invariants in src/queue/bullmq/write-together.ts. */
import { setImmediate as endOfTurn } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { writeTogether } from '../../src/queue/bullmq/write-together.js'

/** A client whose connection notes the writes: how many requests each has. */
function client() {
  const writes: number[] = []
  const connect = () => {
    let corks = 0
    let waiting = 0
    const flush = () => {
      if (corks > 0 || waiting === 0) return
      writes.push(waiting)
      waiting = 0
    }
    return {
      write() {
        waiting++
        flush()
      },
      cork: () => corks++,
      uncork() {
        corks--
        flush()
      },
    }
  }
  const redis = {
    stream: connect(),
    sendCommand(command: string) {
      this.stream.write()
      return `answer to ${command}`
    },
  }
  writeTogether(redis as unknown as Redis)
  return {
    ...{ redis, writes, connect },
    send: (count: number) => Array.from({ length: count }, (_, place) => redis.sendCommand(`request ${place}`)),
  }
}

describe('the requests to Redis', () => {
  it('the first request of a turn is written at once, and each further part is twice as long (invariant 1)', async () => {
    const { writes, send } = client()
    expect(send(1)).toEqual(['answer to request 0'])
    expect(writes).toEqual([1])
    send(20)
    expect(writes).toEqual([1, 2, 4, 8])
    await endOfTurn()
    expect(writes).toEqual([1, 2, 4, 8, 6])
  })

  it('no request waits for the next turn, which begins with a request of its own again (invariant 2)', async () => {
    const { writes, send } = client()
    send(2)
    await endOfTurn()
    expect(writes).toEqual([1, 1])
    send(3)
    await endOfTurn()
    send(1)
    expect(writes).toEqual([1, 1, 1, 2, 1])
  })

  it('a connection that replaces another one in the middle of a turn keeps nothing back (invariant 3)', async () => {
    const { redis, writes, send, connect } = client()
    send(1)
    redis.stream = connect()
    send(4)
    expect(writes).toEqual([1, 1, 1, 1, 1])
    await endOfTurn()
    send(1)
    send(1)
    await endOfTurn()
    expect(writes.slice(5)).toEqual([1, 1])
  })
})
