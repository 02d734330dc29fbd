/**
 * The gate: holds a run that was handed over early until its due moment, to the microsecond.
 *
 * A sleeping thread wakes some tens of microseconds late (the kernel's timer slack, the scheduler, the futex), so the
 * gate sleeps until shortly before the moment and watches the clock for the rest. How long it watches follows how late the thread has
 * woken up lately (watch-span.ts). It opens before its time only when the run has been called off.
 */
import { monotonicNow, realTimeout } from '../kernel/clock.js'
import { reachStage } from '../kernel/stages.js'
import type { Micros } from '../kernel/time.js'
import type { ThreadBlock } from '../pool/thread-block.js'
import { WatchSpan } from './watch-span.js'

/** Holds runs until they are due. The one of tests goes by another clock. */
export interface Gate {
  now(): Micros
  /**
   * The moment at which the run in `record`, handed over early, may begin: `dueMono` or a little later, or sooner when it has been
   * called off. `interval`: between ticks of the timer. `isAlone`: nothing else is going on on the thread, which may block.
   */
  hold(
    block: ThreadBlock,
    record: number,
    dueMono: Micros,
    interval: Micros,
    isAlone: boolean,
    rehearse: () => void,
  ): Micros | Promise<Micros>
}

export const now: () => Micros = monotonicNow()

const THREAD_CLOCK = { now }

/** What a method may do first: the rehearsal does it too. */
export const takeTime = process.hrtime.bigint.bind(process.hrtime)

/** So shortly before the due moment the clock is read without a pause. */
const CLOSE: Micros = 20
/** How often the word of the run is looked at between two readings before that: for a microsecond to eight. */
const LOOKS_BETWEEN = 150

/**
 * Returns the moment it opened: `dueMono` or a little later, or at once when the run in `record` is called off.
 *
 * `rehearse` is called between sleeping and watching. A processor that has slept runs code it has not seen for a while
 * some ten times slower the first time; what comes after the gate should have been run once before.
 */
function waitInGate(
  block: ThreadBlock,
  record: number,
  dueMono: Micros,
  interval: Micros,
  watch: WatchSpan,
  rehearse: () => void,
): Micros {
  const wakeAt = dueMono - watch.spanFor(interval)
  let moment = now()
  while (moment < wakeAt) {
    const word = block.gateWord
    if (!block.isWanted(record)) return moment
    block.sleep(word, (wakeAt - moment) / 1_000)
    moment = now()
    if (moment >= wakeAt) watch.record(moment - wakeAt)
  }
  reachStage('awake', dueMono, THREAD_CLOCK)
  rehearse()
  reachStage('rehearsed', dueMono, THREAD_CLOCK)
  return watchClock(block, record, dueMono)
}

/**
 * Reads the clock until the run is due or called off, and returns the last reading.
 *
 * Each reading allocates numbers. Reading it without a pause made some 85 kB of garbage a tick, which V8 collected in the middle of
 * the ticks; so it is read rarely until {@link CLOSE} before the due moment.
 */
function watchClock(block: ThreadBlock, record: number, dueMono: Micros): Micros {
  for (;;) {
    const moment = now()
    if (moment >= dueMono) return moment
    let looks = moment < dueMono - CLOSE ? LOOKS_BETWEEN : 1
    while (looks > 0 && block.isWanted(record)) looks--
    if (looks > 0) return moment
  }
}

/** For a thread with other work in flight: waits without blocking, to the next millisecond or two. Never early. */
function waitBeside(dueMono: Micros): Promise<Micros> {
  return new Promise((resolve) => {
    const look = () => {
      const moment = now()
      if (moment >= dueMono) resolve(moment)
      else realTimeout(look, Math.ceil((dueMono - moment) / 1_000))
    }
    look()
  })
}

/** The gate of a worker thread, which has one. */
export function threadGate(): Gate {
  const watch = new WatchSpan()
  return {
    now,
    hold: (block, record, dueMono, interval, isAlone, rehearse) =>
      isAlone && block.isGated(record)
        ? waitInGate(block, record, dueMono, interval, watch, rehearse)
        : waitBeside(dueMono),
  }
}
