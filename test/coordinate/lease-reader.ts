/** A worker thread that reads a lease over and over until another is published, and tells what it saw. */
import { parentPort, workerData } from 'node:worker_threads'
import { LeaseBlock } from '../../src/coordinate/lease-block.js'

const block = new LeaseBlock(workerData)
const mixtures: string[] = []
let reads = 0
let steps = 0
let last = 0

function look(): void {
  const { epoch, until, wallUntil } = block.read(1)
  const write = Number(epoch)
  reads++
  if (write !== last) steps++
  if (until !== 3 * write || wallUntil !== 5 * write || write < last) {
    mixtures.push(`${epoch} until ${until} and ${wallUntil}, after ${last}`)
  }
  last = write
}

parentPort!.postMessage('ready')
while (block.epoch(0) === 0n && mixtures.length < 10) look()
look()
parentPort!.postMessage({ reads, mixtures, steps, last })
