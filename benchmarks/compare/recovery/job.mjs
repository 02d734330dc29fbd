/**
 * The job: every run adds a line with the moment of its start to a file, and one run fails in the way that is asked for. The file is there
 * for whichever thread or process runs next.
 */
import { appendFileSync, readFileSync } from 'node:fs'

/** The run that fails, counted from 1: until then code is loaded and compiled. */
const FAILS_AT = 10
/** The failing run computes for up to so long before it fails, so that the grid of the timer has no part in the result. */
const MOST_BEFORE_MS = 80

const micros = () => Number(process.hrtime.bigint()) / 1e3

const FAULTS = {
  /** An exception that nothing catches. */
  crash() {
    setImmediate(() => {
      throw new Error('on purpose')
    })
    return new Promise(() => {})
  },
  hang() {
    for (;;) Math.sqrt(2)
  },
  memory() {
    const kept = []
    for (;;) kept.push(new Array(1_000).fill().map(() => ({ at: kept.length })))
  },
}

/** @param asked `log`, the path of the file; `fault`; `timeoutMs`, after which a run that hangs is to be stopped. */
export function run({ log, fault, timeoutMs }) {
  const started = micros()
  appendFileSync(log, `start ${started}\n`)
  const runs = readFileSync(log, 'utf8').match(/^start/gm).length
  if (runs !== FAILS_AT) return undefined
  if (fault === 'hang') {
    appendFileSync(log, `fault ${started + timeoutMs * 1e3}\n`)
    return FAULTS.hang()
  }
  const until = started + Math.random() * MOST_BEFORE_MS * 1e3
  while (micros() < until) Math.sqrt(2)
  appendFileSync(log, `fault ${micros()}\n`)
  return FAULTS[fault]()
}
