/** A 100 ms timer that writes, for each tick, when the tick reached each stage on its thread, and when the method started. */
import { subscribe } from 'node:diagnostics_channel'
import { Config, defineService } from 'escapement'

const STAGES = ['received', 'at_gate', 'awake', 'rehearsed']
/** Due moment, the stages, start; in microseconds. */
const WIDTH = STAGES.length + 2

export default defineService({
  name: 'traced',
  dependencies: { config: Config },
  create({ config }) {
    const rows = new Float64Array(config.get('rows'))
    const count = new Int32Array(config.get('count'))
    const reached = new Array(STAGES.length).fill(0)
    subscribe('escapement:stage', ({ stage, at }) => {
      reached[STAGES.indexOf(stage)] = at
    })
    return {
      tick(tick) {
        const startedAt = Number(process.hrtime.bigint()) / 1_000
        rows.set([Number(tick.dueHrtime) / 1_000, ...reached, startedAt], count[0]++ * WIDTH)
      },
    }
  },
  timers: { tick: { interval: 0.1 } },
})
