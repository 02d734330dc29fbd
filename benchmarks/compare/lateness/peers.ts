/**
 * The contenders of the comparison of lateness. Each is used as its own documentation says, with its default options, except those that its
 * note names. The notes are printed in docs/benchmarks.md.
 */
import type { LoadName } from './contract.js'
import { type DrivenPeer, escapementRun, file } from './programs.js'

const BOTH = [100, 1_000] as const
const SECONDS = [1_000] as const

/** For a peer that is measured under some loads only: gives all other loads the reason `why`. */
function onlyIn(loads: readonly LoadName[], why: string): Partial<Record<LoadName, string>> {
  const all: readonly LoadName[] = [
    ...(['idle', 'work', 'neighbour', 'burning', 'overrun', 'blocked', 'spinning', 'suspended'] as const),
    ...(['idle-1s', 'neighbour-1s', 'blocked-1s', 'spinning-1s', 'suspended-1s'] as const),
  ]
  return Object.fromEntries(all.filter((name) => !loads.includes(name)).map((name) => [name, why]))
}

const ONE_THREAD = 'Where a load has a second job, it runs on the same thread: here there is no other thread for it.'

export const PEERS: readonly DrivenPeer[] = [
  {
    name: 'Escapement',
    packages: [],
    intervals: BOTH,
    note: '`escapement run` with one service and the default options. Where a load has a second job, it is a second service with a thread of its own. Where a load blocks the main thread of the program, a second service blocks its own thread instead: `escapement run` has no user code on the main thread. The job reads its due moment from `tick.dueHrtime`.',
    program: escapementRun(),
  },
  {
    name: 'Escapement, precise off',
    packages: [],
    intervals: BOTH,
    note: 'As Escapement, with `precise: false`: no tick is sent to its thread before its due moment, and no thread reads the clock in a loop until that moment.',
    program: escapementRun('precise off'),
  },
  {
    name: 'Escapement, embedded',
    packages: [],
    intervals: BOTH,
    note: '`new Supervisor()` in a program whose own code blocks the main thread. The scheduler runs on that thread, so its ticks are late, too.',
    cannot: onlyIn(['blocked', 'blocked-1s'], 'Under this load it works as `escapement run` does.'),
    program: file('embedded.mjs'),
  },
  {
    name: 'setInterval',
    packages: [],
    intervals: BOTH,
    note: `The function of Node. ${ONE_THREAD}`,
    program: file('set-interval.mjs'),
  },
  {
    name: 'setTimeout, self-correcting',
    packages: [],
    intervals: BOTH,
    note: `The function of Node. After each run a timer is set for the next multiple of the interval since the start. Multiples that passed during the run are skipped. ${ONE_THREAD}`,
    program: file('set-timeout.mjs'),
  },
  {
    name: 'toad-scheduler',
    packages: ['toad-scheduler'],
    intervals: BOTH,
    note: `\`SimpleIntervalJob\` with an \`AsyncTask\`. By default it does not start a job that is still running. ${ONE_THREAD}`,
    program: file('toad-scheduler.mjs'),
  },
  {
    name: 'driftless',
    packages: ['driftless'],
    intervals: BOTH,
    note: `The function \`setDriftlessInterval\`. ${ONE_THREAD}`,
    program: file('driftless.mjs'),
  },
  {
    name: 'nanotimer',
    packages: ['nanotimer'],
    intervals: BOTH,
    note: `The method \`setInterval\` of a NanoTimer. For the last 25 ms of each interval it calls \`setImmediate\` in a loop, which keeps a core busy. ${ONE_THREAD}`,
    program: file('nanotimer.mjs'),
  },
  {
    name: '@nestjs/schedule',
    packages: ['@nestjs/schedule', '@nestjs/core', '@nestjs/common'],
    intervals: BOTH,
    note: `A method with \`@Interval\`, in an application context without an HTTP server. ${ONE_THREAD}`,
    program: file('nest.mjs'),
  },
  {
    name: 'bree',
    packages: ['bree'],
    intervals: BOTH,
    note: 'A job file, with `interval` in milliseconds and without a logger. Each run starts a new worker thread, which sends "done" at its end. Where a load has a second job, it is a second file.',
    program: file('bree.mjs'),
  },
  {
    name: 'Piscina + setInterval',
    packages: ['piscina'],
    intervals: BOTH,
    note: 'A pool with the default options and `setInterval` on the main thread. A flag prevents a run from starting while the one before has not ended. Where a load has a second job, it is a second task of the pool.',
    program: file('piscina.mjs'),
  },
  {
    name: 'BullMQ',
    packages: ['bullmq'],
    intervals: BOTH,
    note: 'A job scheduler with `every`, and one Worker in the same process that removes completed jobs. Redis runs on the same machine, without persistence and otherwise with its default options. Where a load has a second job, it has a queue of its own and a sandboxed processor, which is a child process. The due moment is read from the id of the job.',
    program: file('bullmq.mjs', { server: 'redis' }),
  },
  {
    name: 'BullMQ, Redis at hz 100',
    packages: ['bullmq'],
    intervals: BOTH,
    note: 'As BullMQ, but Redis runs with `hz 100` instead of its default, 10. The worker waits for the next job in a blocking command with a time-out, and with `hz 100` Redis looks ten times as often for commands that have timed out.',
    cannot: onlyIn(['idle', 'idle-1s'], 'It is measured only in an idle process, to show what `hz` changes.'),
    program: file('bullmq.mjs', { server: 'redis', serverArgs: ['--hz', '100'] }),
  },
  {
    name: 'pg-boss',
    packages: ['pg-boss'],
    intervals: SECONDS,
    note: 'Its schedules have an interval of at least one minute, so here each job sends the next one with `startAfter`. The queue is polled every 0.5 s, the shortest interval that pg-boss accepts. Version 10 is the newest that runs on Node 20. Postgres runs on the same machine, without fsync. Where a load has a second job, it has a queue of its own in the same process.',
    program: file('pg-boss.mjs', { server: 'postgres' }),
  },
  {
    name: 'node-cron',
    packages: ['node-cron'],
    intervals: SECONDS,
    note: 'The expression `* * * * * *`. Lateness is measured from the whole second of the wall clock. Where a load has a second job, it is a background task, which is a child process: its documentation recommends that for jobs that compute.',
    program: file('node-cron.mjs'),
  },
  {
    name: 'cron',
    packages: ['cron'],
    intervals: SECONDS,
    note: `The expression \`* * * * * *\`. Lateness is measured from the whole second of the wall clock. ${ONE_THREAD}`,
    program: file('cron.mjs'),
  },
  {
    name: 'croner',
    packages: ['croner'],
    intervals: SECONDS,
    note: `The expression \`* * * * * *\`. Lateness is measured from the whole second of the wall clock. ${ONE_THREAD}`,
    program: file('croner.mjs'),
  },
  {
    name: 'node-schedule',
    packages: ['node-schedule'],
    intervals: SECONDS,
    note: `The expression \`* * * * * *\`. Lateness is measured from the whole second of the wall clock. ${ONE_THREAD}`,
    program: file('node-schedule.mjs'),
  },
]
