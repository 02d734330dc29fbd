import { expect, it } from 'vitest'
import { leaseViews } from '../../../src/admin/views/engine-views.js'
import type { Catalogue } from '../../../src/counters/catalogue.js'
import type { Snapshot } from '../../../src/counters/reader.js'
import type { Change } from '../../../src/observe/changes/change.js'
import { NOW } from './facts.js'

it('a lease tells its own last event, though the sentence about another lease names it', () => {
  const catalogue = { leases: [{ lease: 'job' }, { lease: 'job.nightly' }] } as unknown as Catalogue
  const snapshot = { at: () => 0, word: () => 0 } as unknown as Snapshot
  const change = (name: string, event: 'acquired' | 'lost', text: string, at: number): Change => ({
    at,
    kind: 'lease',
    level: 'ok',
    text,
    lease: { name, event },
  })
  const changes = [
    change('job', 'acquired', 'lease job: acquired (epoch 3)', NOW - 2),
    change('job.nightly', 'lost', 'lease job.nightly: lost: the job took too long', NOW - 1),
    { at: NOW, kind: 'coordination', level: 'warning', text: 'the coordination store does not work: job' } as const,
  ]
  expect(leaseViews(catalogue, snapshot, changes)).toMatchObject([
    { lease: 'job', event: 'acquired', text: 'lease job: acquired (epoch 3)', at: NOW - 2 },
    { lease: 'job.nightly', event: 'lost', at: NOW - 1 },
  ])
})
