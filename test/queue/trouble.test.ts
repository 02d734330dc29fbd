import { expect, it } from 'vitest'
import { QueueUnreachableError } from '../../src/queue/queue-unreachable.js'
import { Trouble } from '../../src/queue/thread/trouble.js'

it('a store that cannot be used is told with its place, the setting, why, and what to do', () => {
  const told: (readonly string[])[] = []
  const trouble = new Trouble('redis://host:6379, escapement.queue.url', (sentences) => told.push(sentences))
  const refused = Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' })
  trouble.failed(new QueueUnreachableError('host:6379', refused))
  trouble.answered()
  expect(told).toEqual([
    [
      'the store of the queue (redis://host:6379, escapement.queue.url) cannot be used: there is no connection to host:6379: ECONNREFUSED; it must be a running Redis or Postgres server that this instance can reach and log in to: check the server, the network and the setting',
    ],
    [],
  ])
})

it('problems are told when they change, settings of the store also while it cannot be used', () => {
  const told: (readonly string[])[] = []
  const trouble = new Trouble('here', (sentences) => told.push(sentences))
  trouble.checked(['unfit'])
  trouble.checked(['unfit'])
  trouble.failed('down')
  trouble.failed('down')
  expect(told).toEqual([['unfit'], [expect.stringContaining('(here) cannot be used: down'), 'unfit']])
})
