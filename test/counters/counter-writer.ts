/** A thread that moves ticks through ledgers without ever resting, until it is told to stop. */
import { parentPort, workerData } from 'node:worker_threads'
import { LATENESS_BOUNDS } from '../../src/counters/histogram-bounds.js'
import { TIMER_ROW } from '../../src/counters/row-shapes.js'
import { Ledger } from '../../src/dispatch/ledger.js'
import { manyTimers, ROUNDS, STOP, timerRows, type WriterSetup } from './counter-writing.js'

const { kind, memory, progress }: WriterSetup = workerData
const sequence = new Int32Array(kind === 'versioned' ? memory : new SharedArrayBuffer(memory.byteLength))
const written = timerRows(manyTimers(), memory, sequence).map((row) => ({ row, ledger: new Ledger(row) }))

parentPort!.postMessage('ready')
while (Atomics.load(progress, STOP) === 0) {
  for (const { row, ledger } of written) {
    ledger.arrive()
    ledger.dispatch()
    ledger.arrive(3)
    ledger.skip('missed', 3)
    ledger.arrive()
    ledger.wait()
    row.begin()
    row.observe(TIMER_ROW.at.lateness, LATENESS_BOUNDS, 0.001)
    ledger.end('completed')
    ledger.dispatchPending()
    ledger.withdraw('not_leader')
  }
  Atomics.add(progress, ROUNDS, 1)
}
