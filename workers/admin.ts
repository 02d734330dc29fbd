/** Entry point of the admin thread, which writes standard output and standard error. */
import { parentPort, workerData } from 'node:worker_threads'
import { admin } from '../src/admin/admin-thread.js'

await admin(workerData, parentPort!)
