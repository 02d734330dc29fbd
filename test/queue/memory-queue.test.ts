import { describe } from 'vitest'
import { queueContract } from './contract.js'

describe('the queue in memory', () => {
  queueContract({ url: () => 'memory:' })
})
