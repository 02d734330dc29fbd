/** The services of the benchmark `scale`: as many entrypoints as SCALE_COUNT says, in the shape that SCALE_SHAPE names. */
import { Config, defineService } from 'escapement'
import { SHAPES } from './shapes.mjs'

const { SCALE_SHAPE, SCALE_COUNT, SCALE_INTERVAL } = process.env

const make = ({ size, thread, spread = false }, index) => {
  const methods = Array.from({ length: size }, (_, at) => `work_${at}`)
  return defineService({
    name: `scale_${index}`,
    ...(SCALE_SHAPE === 'four shared pools' && { pool: `pool_${thread}` }),
    dependencies: { config: Config },
    create({ config }) {
      const lateness = new Float64Array(config.get('lateness'))
      const count = new Int32Array(config.get('count'))
      const work = (tick) => {
        const now = process.hrtime.bigint()
        const at = Atomics.add(count, 0, 1)
        if (at < lateness.length) lateness[at] = Number(now - tick.dueHrtime) / 1_000
      }
      return Object.fromEntries(methods.map((method) => [method, work]))
    },
    timers: Object.fromEntries(
      methods.map((method) => [method, { interval: SCALE_INTERVAL, ...(spread && { spread }) }]),
    ),
  })
}

export default Object.fromEntries(
  SHAPES[SCALE_SHAPE](Number(SCALE_COUNT)).map((group, index) => [`scale${index}`, make(group, index)]),
)
