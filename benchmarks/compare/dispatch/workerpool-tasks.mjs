import workerpool from 'workerpool'
import { noop, stamp } from './tasks.mjs'

workerpool.worker({ noop, stamp })
