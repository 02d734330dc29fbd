/** Entry point of the guard thread of `escapement run`, which ends the process after a second signal. */
import { parentPort, workerData } from 'node:worker_threads'
import { guard } from '../src/cli/last-resort/guard.js'

guard(workerData, parentPort!)
