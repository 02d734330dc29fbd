/** A service that measures its calls, and a service that answers them at once. */
import { setTimeout as sleep } from 'node:timers/promises'
import { defineService, RpcProxy } from 'escapement'

export const callee = defineService({
  name: 'callee',
  create: () => ({ answer: (value) => value }),
  rpcs: ['answer'],
})

export const caller = defineService({
  name: 'caller',
  dependencies: { callee: [RpcProxy, 'callee'] },
  create: ({ callee }) => ({
    /** Measures round trips one after another, with a pause before each. Returns microseconds. */
    async roundTrips(count, pauseMillis) {
      const micros = []
      for (let call = 0; call < count; call++) {
        if (pauseMillis > 0) await sleep(pauseMillis)
        const before = process.hrtime.bigint()
        await callee.answer(call)
        micros.push(Number(process.hrtime.bigint() - before) / 1_000)
      }
      return micros
    },
    /** Measures calls per second with `inFlight` calls in flight. */
    async throughput(seconds, inFlight) {
      let calls = 0
      const begun = process.hrtime.bigint()
      const end = begun + BigInt(Math.round(seconds * 1e9))
      const loop = async () => {
        while (process.hrtime.bigint() < end) {
          await callee.answer(calls)
          calls++
        }
      }
      await Promise.all(Array.from({ length: inFlight }, loop))
      return calls / (Number(process.hrtime.bigint() - begun) / 1e9)
    },
  }),
  rpcs: ['roundTrips', 'throughput'],
})
