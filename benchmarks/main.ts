/**
 * `npm run bench -- NAME [--json] [--quick] [--for SECONDS]`
 *
 * Compiles the product first and measures the compiled code, which is the code that is shipped. `--quick` without a name checks the form
 * of the comparison.
 */
import { spawnSync } from 'node:child_process'
import { Command, InvalidArgumentError } from 'commander'
import type { BenchOptions } from './bench-options.js'
import { describeMachine, printTable, type Row } from './report.js'

/** Its rows; nothing where it writes its results itself. */
type Bench = (options: BenchOptions) => Promise<Row[] | undefined>

/** Loaded after the build, because benchmarks import from dist/. */
const BENCHES: Record<string, () => Promise<Bench>> = {
  wheel: async () => (await import('./wheel.js')).wheel,
  counters: async () => (await import('./counters.js')).counters,
  lateness: async () => (await import('./lateness.js')).lateness,
  dispatch: async () => (await import('./dispatch.js')).dispatch,
  threads: async () => (await import('./threads.js')).threads,
  recovery: async () => (await import('./recovery.js')).recovery,
  rpc: async () => (await import('./rpc.js')).rpc,
  traffic: async () => (await import('./traffic.js')).traffic,
  failover: async () => (await import('./failover.js')).failover,
  queue: async () => (await import('./queue.js')).queue,
  scale: async () => (await import('./scale.js')).scale,
  herd: async () => (await import('./herd.js')).herd,
  stages: async () => (await import('./stages.js')).stages,
  lines: async () => (await import('./lines.js')).lines,
  dashboard: async () => (await import('./dashboard.js')).dashboard,
  scrape: async () => (await import('./scrape.js')).scrape,
  views: async () => (await import('./views.js')).views,
  observers: async () => (await import('./observers.js')).observers,
  against: async () => (await import('./against.js')).against,
  compare: async () => (await import('./compare.js')).compare,
}

const EX_USAGE = 64

interface Flags {
  json?: true
  quick?: true
  for?: number
  base?: string
  blocks?: number
  only?: string
  page?: true
  warmUp?: number
}

await new Command('bench')
  .argument('[name]', `what to measure: ${Object.keys(BENCHES).join(', ')}; with --quick: compare`)
  .option('--json', 'print the rows as a JSON array, and nothing else')
  .option('--quick', 'fewer sizes and rounds')
  .option('--for <seconds>', 'how long to measure, for benchmarks that let it be chosen', positive)
  .option('--base <folder>', 'a built checkout to compare with (against)')
  .option('--blocks <number>', 'how many times each contender is measured, where they take turns', positive)
  .option('--warm-up <seconds>', 'how long a program runs before it is measured (lateness); 2 by default', positive)
  .option('--only <text>', 'only the cases whose names contain this text (against, lateness, queue); a part (compare)')
  .option('--page', 'measure nothing, and write the page of the last results again (compare)')
  .action(run)
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EX_USAGE))
  .parseAsync()

async function run(given: string | undefined, flags: Flags): Promise<void> {
  const name = given ?? (flags.quick && 'compare')
  const load = name !== undefined && Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined
  if (!load) {
    const problem = name === undefined ? 'no benchmark was named.' : `no benchmark is called "${name}".`
    console.error(`${problem} Known benchmarks: ${Object.keys(BENCHES).join(', ')}`)
    process.exit(EX_USAGE)
  }
  build()
  const bench = await load()
  const rows = await bench({
    quick: flags.quick ?? false,
    ...(flags.for !== undefined && { seconds: flags.for }),
    ...(flags.base !== undefined && { base: flags.base }),
    ...(flags.blocks !== undefined && { blocks: flags.blocks }),
    ...(flags.only !== undefined && { only: flags.only }),
    ...(flags.page && { pageOnly: true }),
    ...(flags.warmUp !== undefined && { warmUpSeconds: flags.warmUp }),
  })
  if (!rows) return
  if (flags.json) {
    console.log(JSON.stringify(rows, null, 2))
  } else {
    console.log(describeMachine())
    printTable(rows)
  }
}

/** Builds the product. The output of the build goes to stderr, because stdout is for the rows. */
function build(): void {
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], { stdio: ['ignore', 2, 2] })
  if (status === 0) return
  console.error('The build failed. Benchmarks measure the code in dist/, so there is nothing to measure.')
  process.exit(1)
}

function positive(text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new InvalidArgumentError('expected a number of seconds above 0.')
  return value
}
