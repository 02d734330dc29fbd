/** How long after a run has failed the next one starts. */
import { join } from 'node:path'
import { findServer } from '../../../test/support/servers/find-server.js'
import { startRedis } from '../../../test/support/servers/redis.js'
import type { TestServer } from '../../../test/support/servers/server-process.js'
import { atPercent } from '../../statistics.js'
import { type Block, measureProgram, PROGRAMS } from '../../turns.js'
import type { Case, Contender, MeasuredMetric } from '../case.js'
import { type OpenPart, type Part, type Size, secondsOf } from '../part.js'

const PROGRAM = join(PROGRAMS, 'compare/recovery/measure.mjs')
const BULLMQ = 'BullMQ, sandboxed'

const nextStart = { unit: 'ms', key: 'nextStart', better: 'less' } as const
const METRICS: readonly MeasuredMetric[] = [
  { ...nextStart, name: 'p50', statistic: atPercent(50), isCompared: true, isDrawn: true },
  { ...nextStart, name: 'max', statistic: atPercent(100), isCompared: false, isDrawn: true },
]

const PEERS = ['bree', BULLMQ, 'piscina + setInterval']

const FAULTS: Readonly<Record<string, { readonly group: string; readonly cannot?: Readonly<Record<string, string>> }>> =
  {
    crash: { group: 'Crash: from an exception that nothing catches to the next start' },
    hang: {
      group: 'Hang: from the time-out of a run that never returns to the next start',
      cannot: { [BULLMQ]: 'has no time-out for a run' },
    },
    memory: { group: 'Out of memory: from the first allocation to the next start' },
  }

export const recovery: Part = {
  title: 'Recovery',
  description:
    'A job of 100 ms fails once, in its tenth run. Each block is a new process, so no back-off of an earlier fault counts. ' +
    'Every contender has its default options, a heap of 64 MB for the job (out of memory: filling it is part of the time) and, for the ' +
    'hang, a time-out between 250 and 350 ms without grace. The time to the next tick of the grid, up to 100 ms, is part of the result. ' +
    'Escapement waits 100 ms before it starts a thread again that has crashed; `standby` keeps one ready.',
  packages: ['bree', 'bullmq', 'piscina'],
  blocks: 10,
  notMeasured: [
    'Recovery: faults in quick succession. Escapement backs off and, after three crashes in a minute, quarantines the method; the others start it again for ever.',
    'Recovery: one allocation that is too large for the heap. V8 then ends the whole process.',
  ],
  estimate: (size) => secondsOf(casesOf(size), size) + 5,
  open,
}

async function open(size: Size): Promise<OpenPart> {
  const program = await findServer('redis-server')
  const redis = program ? await startRedis(program) : undefined
  return { cases: casesOf(size, redis), ...(redis && { stop: () => redis.stop() }) }
}

function casesOf({ isQuick }: Size, redis?: TestServer): Case[] {
  // The hang has what the others have, and a contender that cannot.
  const faults = Object.entries(FAULTS).filter(([fault]) => !isQuick || fault === 'hang')
  return faults.map(([fault, { group, cannot = {} }]) => {
    const able = PEERS.filter((name) => cannot[name] === undefined)
    return {
      group,
      metrics: METRICS,
      contenders: [
        contender('Escapement', true, fault, redis),
        contender('Escapement, standby', true, fault, redis),
        ...able.map((name) => contender(name, false, fault, redis)),
      ],
      cannot: Object.entries(cannot).map(([contender, reason]) => ({ contender, reason })),
      secondsPerBlock: 2.6,
    }
  })
}

function contender(name: string, isOurs: boolean, fault: string, redis: TestServer | undefined): Contender {
  return { name, isOurs, measure: () => measure(name, fault, redis) }
}

async function measure(name: string, fault: string, redis: TestServer | undefined): Promise<Block> {
  if (name !== BULLMQ) return measureProgram(PROGRAM, [name, fault])
  if (!redis) throw new Error('redis-server is not installed')
  await redis.restartEmpty()
  return measureProgram(PROGRAM, [name, fault], { RECOVERY_REDIS: redis.url })
}
