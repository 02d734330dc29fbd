import { ThreadWorker } from 'poolifier'
import { noop, stamp } from './tasks.mjs'

export default new ThreadWorker({ noop, stamp })
