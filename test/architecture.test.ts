/** The folders of the layout (docs/architecture.md), their import rules, and what only one file may do. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Folder -> the folders (or single files) it may import besides itself. DESIGN section 11 says why. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'src/kernel': [],
  'src/define': ['src/kernel'],
  'src/schedule': ['src/kernel'],
  'src/rpc': ['src/kernel'],
  'src/state': ['src/kernel'],
  'src/coordinate': ['src/kernel'],
  'src/counters': ['src/kernel'],
  // The readers of the URLs of Redis and Postgres.
  'src/queue': [
    'src/kernel',
    'src/coordinate/stores/redis-address',
    'src/coordinate/stores/postgres-url',
    'src/coordinate/stores/with-deadline',
  ],
  'src/dispatch': ['src/kernel', 'src/counters'],
  'src/observe': ['src/kernel', 'src/counters'],
  'src/pool': ['src/kernel', 'src/dispatch/executor'],
  'src/config': ['src/kernel', 'src/define'],
  // It reads the counters and the recent ticks, checks requests with zod, and says what comes due next and why a tick was not run.
  'src/admin': [
    'src/kernel',
    'src/observe',
    'src/counters',
    'src/define/options/zod',
    'src/define/options/durations',
    'src/schedule/plan',
    'src/schedule/window',
    'src/schedule/start-deadline',
  ],
  // Providers inject providers.
  'src/depend': [
    'src/kernel',
    'src/define/inject',
    'src/define/decorator-types',
    'src/rpc/remote',
    'src/state/state-value',
    'src/coordinate/rendezvous',
  ],
  'src/host': [
    'src/kernel',
    'src/define',
    'src/depend',
    'src/rpc/client',
    'src/rpc/payload',
    'src/rpc/errors',
    'src/coordinate/lease-block',
    'src/coordinate/lease-view',
    'src/pool/protocol',
    'src/pool/thread-block',
    'src/observe/output',
  ],
  'src/supervise': [
    'src/kernel',
    'src/define',
    'src/schedule',
    'src/counters',
    'src/dispatch',
    'src/pool',
    'src/queue',
    'src/coordinate',
    'src/rpc',
    'src/config',
    // observed-engine.ts gives the engine its log, its metrics and the state of services.
    'src/observe',
    'src/state',
  ],
  'src/cli': [
    'src/kernel',
    'src/supervise',
    'src/config',
    'src/supervisor',
    'src/supervisor-options',
    'src/define/options/durations',
    // The commands that ask a running supervisor.
    'src/admin/client',
    'src/admin/api/schemas',
    // A plan is computed from the definitions, without an engine.
    'src/schedule/plan',
  ],
  // What runs on threads, without the threads.
  'src/testing': [
    'src/kernel',
    'src/config',
    'src/schedule',
    'src/dispatch',
    'src/pool',
    'src/coordinate',
    'src/supervise',
    'src/define',
    'src/depend',
    'src/host',
    'src/rpc',
    'src/state',
  ],
  // The front doors: the library's composition of engine and observers, and the list of what is public.
  src: ['src/'],
  workers: ['src/host', 'src/cli/last-resort/guard', 'src/admin/admin-thread', 'src/queue/thread/queue-thread'],
  // Benchmarks run what was built, with the servers that the tests start.
  benchmarks: ['dist/', 'test/support', 'test/faults/support', 'benchmarks/compare'],
  // The peers: benchmarks/compare/package.json has what is installed only for them.
  'benchmarks/compare': ['dist/', 'test/support', 'test/faults/support', 'benchmarks/'],
}

/** Folder -> the npm packages that it may import; packages that only one file may import are in {@link OWNERS}. */
const MAY_USE: Record<string, readonly string[]> = {
  'src/kernel': ['croner', 'fastest-levenshtein', 'pino'],
  'src/define': ['ms', 'reflect-metadata', 'zod'],
  'src/schedule': [],
  'src/rpc': [],
  'src/state': [],
  'src/coordinate': ['ioredis', 'pg'],
  'src/queue': ['bullmq', 'ioredis', 'pg'],
  'src/counters': [],
  'src/dispatch': [],
  'src/observe': ['pino', 'pino-pretty', 'prom-client'],
  'src/pool': ['piscina'],
  'src/config': ['yaml', 'zod'],
  'src/admin': [
    '@fastify/bearer-auth',
    '@fastify/helmet',
    '@fastify/rate-limit',
    '@fastify/static',
    '@fastify/swagger',
    'fastify',
    'htm',
    'pino',
    'prom-client',
    'uplot',
    'zod',
  ],
  'src/depend': ['pino'],
  'src/host': ['@opentelemetry/api', 'pino', 'tsx'],
  // The logger and the registry that observed-engine.ts is given, or makes.
  'src/supervise': ['pino', 'prom-client'],
  'src/cli': ['commander', 'yaml'],
  'src/testing': ['pino'],
  src: ['pino', 'prom-client'],
  workers: [],
  benchmarks: [
    'bullmq',
    'cli-table3',
    'commander',
    'escapement',
    'ms',
    'pino',
    'piscina',
    'playwright-core',
    'prom-client',
  ],
  'benchmarks/compare': [
    '@nestjs/common',
    '@nestjs/core',
    '@nestjs/schedule',
    'bree',
    'bullmq',
    'cron',
    'croner',
    'driftless',
    'echarts',
    'nanotimer',
    'node-cron',
    'node-schedule',
    'pg-boss',
    'pino',
    'piscina',
    'poolifier',
    'reflect-metadata',
    'timer-wheel',
    'tinypool',
    'toad-scheduler',
    'workerpool',
  ],
}

/** What only these files may use. */
const OWNERS: Record<string, { readonly pattern: RegExp; readonly files: readonly string[] }> = {
  'timers and clocks': {
    pattern: /\b(setTimeout|setInterval|setImmediate|Date\.now|performance\.now|process\.hrtime)\b/,
    files: [
      'src/kernel/clock.ts',
      'src/host/gate.ts',
      // Looks for a second signal while every other thread may be blocked.
      'src/cli/last-resort/guard.ts',
      'src/cli/run.ts',
      // Runs in the browser.
      'src/admin/dashboard/browser/browser-clock.ts',
      // Gives real time to runs that wait for something real.
      'src/testing/real-turns.ts',
      // Sends and writes log lines turn by turn.
      'src/host/line-batches.ts',
      'src/observe/log/line-forwarder.ts',
      'src/admin/output/standard-streams.ts',
    ],
  },
  Piscina: { pattern: /from 'piscina'/, files: ['src/pool/piscina-thread.ts'] },
  'reflect-metadata': { pattern: /\bReflect\.\w*Metadata\b|'reflect-metadata'/, files: ['src/define/metadata.ts'] },
  // What a job is called there, and how its states are, is not known elsewhere.
  BullMQ: {
    pattern: /from 'bullmq'|import\('bullmq'\)/,
    files: [
      'bullmq-queue',
      'offer',
      'postgres-server',
      'queue-server',
      'redis-backend',
      'redis-server',
      'settle',
      'ticket-job',
      'ticket-worker',
    ].map((name) => `src/queue/bullmq/${name}.ts`),
  },
  // `require` is not followed by the tests below: they know zod by this file.
  zod: { pattern: /import (?!type )[^'\n]*from 'zod'|\('zod'\)/, files: ['src/define/options/zod.ts'] },
  croner: { pattern: /from 'croner'/, files: ['src/kernel/cron/calendar.ts'] },
}

const filesIn = (folder: string) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|mjs)$/.test(file) && !file.includes('node_modules/'))
    .map((file) => join(folder, file))

/** What is shipped. */
const files = ['src', 'workers'].flatMap(filesIn)
const allFiles = [...files, ...filesIn('benchmarks')]

/** The folder whose rule a file is under: `src/define` for `src/define/options/schema`. */
const roomOf = (file: string) => {
  const [top, room, ...rest] = file.split('/')
  if (top === 'benchmarks' && room === 'compare' && rest.length > 0) return 'benchmarks/compare'
  return top === 'src' && rest.length > 0 ? `src/${room}` : top!
}

const codeOf = (file: string) =>
  readFileSync(join(ROOT, file), 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '')

type Edge = readonly [from: string, to: string]

const specifiersOf = (file: string) =>
  [
    ...codeOf(file).matchAll(
      /(?:^|\n)\s*(?:import|export|\})[^'"\n]*?\bfrom\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)|(?:^|\n)import\s+'([^']+)'/g,
    ),
  ].map((match) => match[1] ?? match[2] ?? match[3]!)

const edges: Edge[] = allFiles.flatMap((file) =>
  specifiersOf(file)
    .filter((specifier) => specifier.startsWith('.'))
    .map(
      (specifier): Edge => [
        file.replace(/\.(ts|mjs)$/, ''),
        relative(ROOT, join(ROOT, dirname(file), specifier)).replace(/\.(js|mjs)$/, ''),
      ],
    ),
)

function violations(edges: readonly Edge[]): string[] {
  return edges
    .filter(([from, to]) => {
      const room = roomOf(from)
      const allowed = MAY_IMPORT[room]
      return (
        roomOf(to) !== room &&
        !allowed?.some((prefix) => to === prefix || to.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`))
      )
    })
    .map(([from, to]) => `${from} imports ${to}`)
}

/** `@scope/name/sub` -> `@scope/name`. */
const packageOf = (specifier: string) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

const packagesOf = (file: string) =>
  specifiersOf(file)
    .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
    .map(packageOf)

/** The specifiers that a file still imports once it is compiled: `import type` is erased, `import()` comes later. */
const loadedBy = (file: string) =>
  [...codeOf(file).matchAll(/(?:^|\n)(?:import|export)(?!\s+type\b)\s(?:[^'"]*?\bfrom\s+)?'([^']+)'/g)].map(
    (match) => match[1]!,
  )

/** Each file and package that is loaded with `entry`, and the imports that lead there. */
function loadedWith(entry: string): Map<string, string> {
  const paths = new Map([[entry, entry]])
  for (const [file, path] of paths) {
    if (!/\.(ts|mjs)$/.test(file)) continue
    for (const specifier of loadedBy(file)) {
      const to = specifier.startsWith('.')
        ? join(dirname(file), specifier).replace(/\.js$/, '.ts')
        : specifier.startsWith('node:')
          ? specifier
          : packageOf(specifier)
      if (!paths.has(to)) paths.set(to, `${path} -> ${to}`)
    }
  }
  return paths
}

/** What would make every service thread bigger and slower to start, and what belongs on the main thread. */
const NOT_ON_A_SERVICE_THREAD =
  /^(zod|src\/define\/options\/zod\.ts|croner|fastify|prom-client|piscina|yaml|src\/(supervise|schedule|config|admin|counters)\/.*)$/

const forbiddenIn = (entry: string) =>
  [...loadedWith(entry)].filter(([to]) => NOT_ON_A_SERVICE_THREAD.test(to)).map(([, path]) => path)

/** Drops files that import nothing that is left; what remains is on a cycle or leads to one. */
function cyclic(edges: readonly Edge[]): string[] {
  let left = edges
  for (let before = -1; before !== left.length; ) {
    before = left.length
    const importers = new Set(left.map(([from]) => from))
    left = left.filter(([, to]) => importers.has(to))
  }
  return [...new Set(left.map(([from]) => from))]
}

describe('the layout', () => {
  it('has only folders with an import rule', () => {
    const rooms = [...new Set(allFiles.map(roomOf))]
    expect(rooms.filter((room) => !(room in MAY_IMPORT) || !(room in MAY_USE))).toEqual([])
    expect(edges.length).toBeGreaterThan(100)
  })

  it('keeps the import rules', () => {
    expect(violations(edges)).toEqual([])
  })

  it('imports only the npm packages that a folder may use, and lists none that it does not', () => {
    for (const [room, allowed] of Object.entries(MAY_USE)) {
      const used = allFiles.filter((file) => roomOf(file) === room).flatMap(packagesOf)
      expect({ room, uses: [...new Set(used)].sort() }).toEqual({
        room,
        uses: allowed,
      })
    }
  })

  it('has no import cycles', () => {
    expect(cyclic(edges)).toEqual([])
  })

  it.each(['workers/host.ts', 'src/index.ts'])(
    'loads nothing on a service thread with %s that only other threads need',
    (entry) => {
      expect(forbiddenIn(entry)).toEqual([])
      expect(loadedWith(entry).size).toBeGreaterThan(30)
    },
  )

  it.each(['src/cli/run.ts', 'src/supervise/observed-engine.ts', 'src/supervise/engine.ts'])(
    'loads nothing on the main thread with %s that only the admin thread needs',
    (entry) => {
      const loaded = loadedWith(entry)
      expect([...loaded.keys()].filter((to) => /^(fastify|prom-client|pino-pretty|src\/admin\/.*)$/.test(to))).toEqual(
        [],
      )
      expect(loaded.size).toBeGreaterThan(10)
    },
  )

  it.each(['src/queue/queue-client.ts', 'src/cli/run.ts', 'src/supervise/engine.ts'])(
    'loads no client of a queue on the main thread with %s',
    (entry) => {
      const isOfQueue = (to: string) => /^(bullmq|src\/queue\/(bullmq|memory|open-queue|thread\/queue-).*)$/.test(to)
      expect([...loadedWith(entry).keys()].filter(isOfQueue)).toEqual([])
      expect([...loadedWith('src/queue/bullmq/bullmq-queue.ts').keys()].filter(isOfQueue).length).toBeGreaterThan(3)
    },
  )

  it('would notice what a service thread should not load', () => {
    const forbidden = forbiddenIn('workers/describer.ts')
    expect(forbidden).toContainEqual(
      expect.stringMatching(/^workers\/describer\.ts -> .* -> src\/define\/options\/zod\.ts$/),
    )
    expect(forbidden).toContainEqual(expect.stringMatching(/ -> src\/kernel\/cron\/calendar\.ts -> croner$/))
  })

  it.each(Object.entries(OWNERS))('leaves %s to their owners', (_, { pattern, files: owners }) => {
    expect(files.filter((file) => pattern.test(codeOf(file)) && !owners.includes(file))).toEqual([])
  })

  it('would notice a forbidden import, and a cycle', () => {
    expect(violations([['src/kernel/time', 'src/pool/pool']])).toEqual(['src/kernel/time imports src/pool/pool'])
    expect(
      cyclic([
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'b'],
        ['b', 'd'],
      ]),
    ).toEqual(['a', 'b', 'c'])
  })

  it('has small files: half of them under 100 lines of code, none over 350', () => {
    const lengths = files
      .map(
        (file) =>
          codeOf(file)
            .split('\n')
            .filter((line) => line.trim()).length,
      )
      .sort((a, b) => a - b)
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThan(100)
    expect(lengths.at(-1)).toBeLessThan(350)
  })
})
