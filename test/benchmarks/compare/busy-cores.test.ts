import { cpus } from 'node:os'
import { expect, it } from 'vitest'
import { busyCores } from '../../../benchmarks/compare/busy-cores.js'

it('the number of busy cores lies between none and all of them', async () => {
  const busy = await busyCores()
  expect(busy).toBeGreaterThanOrEqual(0)
  expect(busy).toBeLessThanOrEqual(cpus().length)
})
