/** How late a job starts, beside what else runs jobs at an interval: one part for each load. */
import { atPercent, sum } from '../../statistics.js'
import type { Block } from '../../turns.js'
import type { Case, MeasuredMetric } from '../case.js'
import { type LatenessBlock, type Load, takesPart } from '../lateness/contract.js'
import { LOADS } from '../lateness/loads.js'
import { measureLateness } from '../lateness/measure.js'
import { PEERS } from '../lateness/peers.js'
import { type Part, type Size, secondsOf } from '../part.js'
import type { Absence } from '../results.js'

type Peer = (typeof PEERS)[number]

/** Start, end, and the time in which a late start is still seen. */
const START_SECONDS = 1.5

/** A quick run has no longer warm-up. */
const LEAST_WARM_UP_SECONDS = 2

/** V8 collects about 8 s after a program has become idle. Where nothing else disturbs the job, that comes before the block. */
const WARM_UP_SECONDS: Readonly<Partial<Record<Load['name'], number>>> = { idle: 10, 'idle-1s': 10 }

/** Seconds of a block at full size, where the load needs no more. */
const BLOCK_SECONDS: Readonly<Partial<Record<Load['name'], number>>> = {
  idle: 6,
  'idle-1s': 6,
  neighbour: 5,
  blocked: 5,
  spinning: 5,
}

/** These stand for all others where something disturbs the job: the others are timers on the main thread, as the first two are. */
const IN_EVERY_LOAD = ['setInterval', 'setTimeout, self-correcting', 'bree', 'Piscina + setInterval', 'BullMQ']

/** Whom a quick run measures: one of each kind. */
const QUICK = ['Escapement', 'setInterval', 'bree', 'Piscina + setInterval', 'BullMQ']

const error = (name: string, percent: number, more: Partial<MeasuredMetric> = {}): MeasuredMetric => {
  return { ...metric(name, 'µs', 'error'), statistic: atPercent(percent), ...more }
}
const counted = (name: string, unit: string, key: string): MeasuredMetric => {
  return { ...metric(name, unit, key), statistic: sum }
}

const METRICS: readonly MeasuredMetric[] = [
  error('p50', 50, { isCompared: true, isDrawn: true }),
  error('p95', 95),
  error('p99', 99, { isCompared: true, isDrawn: true }),
  error('p99.9', 99.9),
  error('max', 100),
  counted('early', 'starts', 'early'),
  counted('skipped', 'ticks', 'skipped'),
  counted('duplicates', 'starts', 'duplicates'),
  counted('due', 'ticks', 'expected'),
  { ...metric('CPU', '% of a core', 'cpuPercent'), isCompared: true },
  metric('memory', 'MB', 'rssMb'),
]
/** The slope means something where the starts are on one grid. */
const DRIFT: MeasuredMetric = { ...metric('drift', 'ms a minute', 'drift'), better: 'none' }

export const latenessParts: Readonly<Record<string, Part>> = Object.fromEntries(
  LOADS.map((load) => [`lateness-${load.name}`, partOf(load)]),
)

function partOf(load: Load): Part {
  const peers = PEERS.filter((peer) => isMeasured(peer, load))
  const blockSeconds = Math.max(load.leastSeconds, BLOCK_SECONDS[load.name] ?? 0)
  return {
    title: `Lateness. ${load.title}`,
    description:
      'The error of a start is the distance of the first statement of the job from its due moment, late or early; early starts are counted besides. ' +
      'A due moment without a start is skipped and has no error, so both columns are to be read together. Duplicates are starts without a due moment. ' +
      "CPU and memory are those of the peer's processes and of the server that it needs. " +
      `Measured from ${warmUpSecondsOf(load)} s after the first run on.`,
    packages: [...new Set(peers.flatMap(({ packages }) => packages))],
    blocks: 10,
    blockSeconds,
    isOptional: load.intervalMs === 1_000 && load.disturbance !== 'none',
    notMeasured: [],
    estimate: (size) => secondsOf([caseOf(load, peers, size)], size),
    open: async (size) => ({ cases: [caseOf(load, peers, size)] }),
  }
}

function caseOf(load: Load, peers: readonly Peer[], { blockSeconds, isQuick }: Size): Case {
  const seconds = isQuick ? blockSeconds : Math.max(load.leastSeconds, blockSeconds)
  const warmUpSeconds = isQuick ? LEAST_WARM_UP_SECONDS : warmUpSecondsOf(load)
  const measured = isQuick ? peers.filter(({ name }) => QUICK.includes(name)) : peers
  return {
    group: load.title,
    metrics: ['none', 'work', 'burning'].includes(load.disturbance) ? [...METRICS, DRIFT] : METRICS,
    contenders: measured.map((peer) => ({
      name: peer.name,
      isOurs: peer.name.startsWith('Escapement'),
      note: peer.note,
      measure: async () => blockOf(await measureLateness(peer, load, { warmUpSeconds, seconds })),
    })),
    cannot: PEERS.flatMap((peer): Omit<Absence, 'case'>[] => {
      if (peers.includes(peer)) return []
      return [{ contender: peer.name, reason: reasonOf(peer, load) }]
    }),
    secondsPerBlock: warmUpSeconds + seconds + START_SECONDS,
  }
}

function warmUpSecondsOf({ name }: Load): number {
  return WARM_UP_SECONDS[name] ?? LEAST_WARM_UP_SECONDS
}

function isMeasured(peer: Peer, load: Load): boolean {
  if (!takesPart(peer, load)) return false
  if (peer.name.startsWith('Escapement')) return load.disturbance === 'none' || !peer.name.includes('precise off')
  if (load.intervalMs === 1_000) return !peer.intervals.includes(100) || peer.name === 'setInterval'
  return load.disturbance === 'none' || IN_EVERY_LOAD.includes(peer.name)
}

function reasonOf(peer: Peer, load: Load): string {
  const given = peer.cannot?.[load.name]
  if (given) return given
  if (!peer.intervals.includes(load.intervalMs)) return 'no interval below one second'
  return load.intervalMs === 1_000 ? 'measured at 100 ms' : 'measured idle only'
}

function blockOf(block: LatenessBlock): Block {
  const finite = (value: number) => (Number.isFinite(value) ? [value] : [])
  return {
    error: block.errorsMs.map((milliseconds) => Math.abs(milliseconds) * 1_000),
    early: [block.early],
    skipped: [block.skipped],
    duplicates: [block.duplicates],
    expected: [block.expected],
    drift: finite(block.driftMsPerMinute),
    cpuPercent: finite((100 * block.cpuSeconds) / block.seconds),
    rssMb: finite(block.rssMb),
  }
}

function metric(name: string, unit: string, key: string): MeasuredMetric {
  return { name, unit, key, statistic: atPercent(50), better: 'less', isCompared: false, isDrawn: false }
}
