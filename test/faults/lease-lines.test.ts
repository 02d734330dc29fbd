import { expect, it } from 'vitest'
import { leaseLines } from './support/lease-lines.js'

it('what an instance logs of its leases is told in order, with equal lines and skipped ticks counted', () => {
  const lease = { time: 0, lease: 'writer', epoch: '7' }
  const skipped = { time: 0, msg: 'tick skipped', reason: 'not_leader' }
  const told = leaseLines('a1', [
    { ...skipped, count: 3 },
    { ...lease, msg: 'lease acquired' },
    { ...lease, msg: 'lease renewed' },
    { time: 0, msg: 'run completed' },
    { ...lease, msg: 'lease renewed' },
    { time: 0, msg: 'clock jumped', direction: 'backward' },
    { ...lease, msg: 'lease renew failed', err: { message: 'no answer' } },
    { ...skipped, count: 1 },
    { ...lease, msg: 'lease lost', cause: 'expired' },
  ])
  expect(told.split('\n')).toEqual([
    'a1:',
    '  lease acquired writer 7',
    '  lease renewed writer 7 (2 times)',
    '  clock jumped backward',
    '  lease renew failed writer 7 no answer',
    '  lease lost writer 7 expired',
    '  skipped, not_leader: 4',
  ])
})
