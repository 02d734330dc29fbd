import { parentPort } from 'node:worker_threads'
import { neighbour } from './job.mjs'

neighbour()
parentPort.postMessage('done')
