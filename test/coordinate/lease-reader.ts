/** A worker thread that reads a lease over and over until it is told to stop, and reports what it read. */
import { parentPort, workerData } from 'node:worker_threads'
import { LeaseBlock } from '../../src/coordinate/lease-block.js'
import {
  BURST,
  MIXTURES,
  READS_INSIDE_BURSTS,
  type ReaderSetup,
  type ReaderVerdict,
  STOP,
  UnversionedLease,
} from './lease-reading.js'

const { buffer, kind, progress }: ReaderSetup = workerData
const block = kind === 'unversioned' ? new UnversionedLease(buffer) : new LeaseBlock(buffer)
const mixtures: string[] = []
let last = 0

/** Writes are numbered from 1. */
const burstOf = (write: number) => Math.ceil(write / BURST)

function look(): void {
  const { epoch, until, wallUntil } = block.read(0)
  const write = Number(epoch)
  if (write !== last && burstOf(write) === burstOf(last)) Atomics.add(progress, READS_INSIDE_BURSTS, 1)
  if (until !== 3 * write || wallUntil !== 5 * write || write < last) {
    if (mixtures.length < 10) mixtures.push(`${epoch} until ${until} and ${wallUntil}, after ${last}`)
    Atomics.add(progress, MIXTURES, 1)
  }
  last = write
}

parentPort!.postMessage('ready')
while (Atomics.load(progress, STOP) === 0) look()
look()
const verdict: ReaderVerdict = { mixtures, last }
parentPort!.postMessage(verdict)
