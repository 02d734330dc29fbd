import { defineService, RpcProxy } from 'escapement'

const objects = Array.from({ length: 300_000 }, (_, id) => ({ id, name: 'object' }))

/** Returns 300,000 objects to a caller on another thread. */
export const giver = defineService({ name: 'giver', create: () => ({ give: () => objects }), rpcs: ['give'] })

export const taker = defineService({
  name: 'taker',
  dependencies: { giver: [RpcProxy, 'giver'] },
  create: ({ giver }) => ({
    async tick() {
      const { length } = await giver.give()
      if (length !== 300_000) throw new Error(`got ${length} objects`)
    },
  }),
  timers: { tick: { interval: '1s' } },
})
