/** Who is compared. Each is driven as its own documentation says, with its defaults where the note names no option. */
import type { LoadName } from './contract.js'
import { type DrivenPeer, escapementRun, file } from './programs.js'

const BOTH = [100, 1_000] as const
const SECONDS = [1_000] as const

/** For a peer that is there for some loads only. */
function onlyIn(loads: readonly LoadName[], why: string): Partial<Record<LoadName, string>> {
  const all: readonly LoadName[] = [
    ...(['idle', 'work', 'neighbour', 'burning', 'overrun', 'blocked', 'spinning', 'suspended'] as const),
    ...(['idle-1s', 'neighbour-1s', 'blocked-1s', 'spinning-1s', 'suspended-1s'] as const),
  ]
  return Object.fromEntries(all.filter((name) => !loads.includes(name)).map((name) => [name, why]))
}

const ONE_THREAD = 'A second job runs on the same thread: the package has no other place for it.'

export const PEERS: readonly DrivenPeer[] = [
  {
    name: 'Escapement',
    packages: [],
    intervals: BOTH,
    note: '`escapement run` with one service and the defaults. A second job is a second service. What would block the main thread of a program blocks the thread of a service, because no user code runs on the main thread. The job reads its due moment from `tick.dueHrtime`.',
    program: escapementRun(),
  },
  {
    name: 'Escapement, precise off',
    packages: [],
    intervals: BOTH,
    note: 'As Escapement, with `precise: false`: no tick is handed over before its due moment, and no thread watches the clock.',
    program: escapementRun('precise off'),
  },
  {
    name: 'Escapement, embedded',
    packages: [],
    intervals: BOTH,
    note: '`new Supervisor()` in a program whose main thread is blocked: the engine runs on that thread, so its ticks are late too.',
    cannot: onlyIn(['blocked', 'blocked-1s'], 'In all other loads it does what `escapement run` does.'),
    program: file('embedded.mjs'),
  },
  {
    name: 'setInterval',
    packages: [],
    intervals: BOTH,
    note: `Of Node. ${ONE_THREAD}`,
    program: file('set-interval.mjs'),
  },
  {
    name: 'setTimeout, self-correcting',
    packages: [],
    intervals: BOTH,
    note: `Of Node: each timer is armed for the next multiple of the interval since the start; due moments that a run has covered are left out. ${ONE_THREAD}`,
    program: file('set-timeout.mjs'),
  },
  {
    name: 'toad-scheduler',
    packages: ['toad-scheduler'],
    intervals: BOTH,
    note: `\`SimpleIntervalJob\` with an \`AsyncTask\`; it does not start a job that still runs (its default). ${ONE_THREAD}`,
    program: file('toad-scheduler.mjs'),
  },
  {
    name: 'driftless',
    packages: ['driftless'],
    intervals: BOTH,
    note: `\`setDriftlessInterval\`. ${ONE_THREAD}`,
    program: file('driftless.mjs'),
  },
  {
    name: 'nanotimer',
    packages: ['nanotimer'],
    intervals: BOTH,
    note: `\`setInterval\` of a NanoTimer. It spins with \`setImmediate\` for the last 25 ms of each interval. ${ONE_THREAD}`,
    program: file('nanotimer.mjs'),
  },
  {
    name: '@nestjs/schedule',
    packages: ['@nestjs/schedule', '@nestjs/core', '@nestjs/common'],
    intervals: BOTH,
    note: `A method with \`@Interval\` in an application context without a server. ${ONE_THREAD}`,
    program: file('nest.mjs'),
  },
  {
    name: 'bree',
    packages: ['bree'],
    intervals: BOTH,
    note: 'A job file with `interval` in milliseconds; the logger is off. Each run is a new worker thread, which says "done" at its end. A second job is a second file.',
    program: file('bree.mjs'),
  },
  {
    name: 'Piscina + setInterval',
    packages: ['piscina'],
    intervals: BOTH,
    note: 'A pool with the defaults, `setInterval` on the main thread, and a flag that leaves out a run while the one before has not ended. A second job is a second task of the pool.',
    program: file('piscina.mjs'),
  },
  {
    name: 'BullMQ',
    packages: ['bullmq'],
    intervals: BOTH,
    note: 'A job scheduler with `every` and one Worker in the same process, which removes completed jobs; Redis without persistence on the same machine, its options the defaults. A second job has its own queue and a sandboxed processor (a process). The due moment is the one in the id of the job.',
    program: file('bullmq.mjs', { server: 'redis' }),
  },
  {
    name: 'BullMQ, Redis at hz 100',
    packages: ['bullmq'],
    intervals: BOTH,
    note: 'As BullMQ. With `hz 100`, not 10, Redis looks ten times as often for clients whose blocking command has timed out, which is how the worker waits.',
    cannot: onlyIn(['idle', 'idle-1s'], 'It is here to show what `hz` changes when nothing else is going on.'),
    program: file('bullmq.mjs', { server: 'redis', serverArgs: ['--hz', '100'] }),
  },
  {
    name: 'pg-boss',
    packages: ['pg-boss'],
    intervals: SECONDS,
    note: 'Its schedules have a floor of one minute. Here each job sends the next with `startAfter`, and the queue is polled every 0.5 s, the least that it accepts. Version 10 is the newest for Node 20. Postgres without fsync is on the same machine. A second job has its own queue, in the same process.',
    program: file('pg-boss.mjs', { server: 'postgres' }),
  },
  {
    name: 'node-cron',
    packages: ['node-cron'],
    intervals: SECONDS,
    note: 'The expression `* * * * * *`. It is measured by whole seconds of the wall clock. A second job is a background task (a process), as its docs say for what computes.',
    program: file('node-cron.mjs'),
  },
  {
    name: 'cron',
    packages: ['cron'],
    intervals: SECONDS,
    note: `The expression \`* * * * * *\`. It is measured by whole seconds of the wall clock. ${ONE_THREAD}`,
    program: file('cron.mjs'),
  },
  {
    name: 'croner',
    packages: ['croner'],
    intervals: SECONDS,
    note: `The expression \`* * * * * *\`. It is measured by whole seconds of the wall clock. ${ONE_THREAD}`,
    program: file('croner.mjs'),
  },
  {
    name: 'node-schedule',
    packages: ['node-schedule'],
    intervals: SECONDS,
    note: `The expression \`* * * * * *\`. It is measured by whole seconds of the wall clock. ${ONE_THREAD}`,
    program: file('node-schedule.mjs'),
  },
]
