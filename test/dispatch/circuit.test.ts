import { describe, expect, it } from 'vitest'
import { Circuit } from '../../src/dispatch/circuit.js'
import { backoffDelay } from '../../src/kernel/backoff.js'

const SECOND = 1_000_000
const policy = { failures: 3, reset: 30 * SECOND, factor: 2, max: 100 * SECOND }

function failTimes(circuit: Circuit, times: number, now = 0): void {
  for (let n = 0; n < times; n++) circuit.failed(now)
}

describe('the circuit of an entrypoint', () => {
  it('a circuit opens after the configured number of failures in a row; a success resets the count', () => {
    const circuit = new Circuit(policy)
    failTimes(circuit, 2)
    circuit.succeeded()
    failTimes(circuit, 2)
    expect(circuit.blocks(0)).toBeUndefined()
    circuit.failed(0)
    expect(circuit.state).toBe('open')
    expect(circuit.blocks(0)).toBe('circuit_open')
  })

  it('a circuit allows exactly one probe after the reset time, and closes when the probe succeeds', () => {
    const circuit = new Circuit(policy)
    failTimes(circuit, 3)
    expect(circuit.blocks(30 * SECOND - 1)).toBe('circuit_open')
    expect(circuit.blocks(30 * SECOND)).toBeUndefined()
    circuit.tryAcquireProbe()
    expect(circuit.state).toBe('half_open')
    expect(circuit.blocks(31 * SECOND)).toBe('circuit_open')
    circuit.succeeded()
    expect(circuit.state).toBe('closed')
    failTimes(circuit, 2)
    expect(circuit.state).toBe('closed')
  })

  it('a circuit stays open longer after each failed probe, up to the maximum', () => {
    const circuit = new Circuit(policy)
    failTimes(circuit, 3)
    let now = 0
    for (const lasts of [30, 60, 100, 100]) {
      expect(circuit.opensAt).toBe(now + lasts * SECOND)
      now = circuit.opensAt!
      circuit.tryAcquireProbe()
      circuit.failed(now)
    }
  })

  it('a circuit makes the next tick the probe when a probe neither succeeds nor fails', () => {
    const circuit = new Circuit(policy)
    failTimes(circuit, 3)
    circuit.tryAcquireProbe()
    circuit.probeInconclusive(40 * SECOND)
    expect(circuit.blocks(40 * SECOND)).toBeUndefined()
  })

  it('a circuit without a breaker does not open after failures', () => {
    const circuit = new Circuit(false)
    failTimes(circuit, 1_000)
    expect(circuit.state).toBe('closed')
  })

  it.each([false, policy] as const)(
    'a circuit quarantines after three crashes within a minute, with breaker %j',
    (breaker) => {
      const circuit = new Circuit(breaker && { ...breaker, failures: 100 })
      circuit.crashed(0)
      circuit.crashed(61 * SECOND)
      circuit.crashed(100 * SECOND)
      expect(circuit.state).toBe('closed')
      circuit.crashed(110 * SECOND)
      expect(circuit.blocks(110 * SECOND)).toBe('quarantined')
      expect(circuit.blocks(140 * SECOND)).toBeUndefined()
      circuit.tryAcquireProbe()
      circuit.crashed(141 * SECOND)
      expect(circuit.blocks(200 * SECOND)).toBe('quarantined')
      expect(circuit.opensAt).toBe(201 * SECOND)
    },
  )
})

describe('the delay before a retry', () => {
  const backoff = { initial: SECOND, factor: 2, max: 5 * SECOND, jitter: 0.2 }

  it('the delay before a retry doubles up to the maximum', () => {
    expect([1, 2, 3, 4, 5].map((retry) => backoffDelay(backoff, retry, () => 0.5) / SECOND)).toEqual([1, 2, 4, 5, 5])
  })

  it('the delay before a retry varies by the jitter in both directions, but not beyond the maximum', () => {
    expect(backoffDelay(backoff, 1, () => 0) / SECOND).toBe(0.8)
    expect(backoffDelay(backoff, 1, () => 0.999999) / SECOND).toBeCloseTo(1.2)
    expect(backoffDelay(backoff, 9, () => 0.999999) / SECOND).toBe(5)
  })
})
