/** Entry point of the queue thread, which holds the connection to the store of the queue. */
import { parentPort, workerData } from 'node:worker_threads'
import { queueThread } from '../src/queue/thread/queue-thread.js'

await queueThread(workerData, parentPort!)
