/** Three services that log one line of 5, 12 or 200 kB in each tick, until each has logged as many as the configuration says. */
import { Config, defineService, Logger } from 'escapement'

const make = (name, kilobytes) =>
  defineService({
    name,
    dependencies: { config: Config, log: Logger },
    create({ config, log }) {
      const lines = config.get('LINES')
      const filling = 'x'.repeat(kilobytes * 1_000)
      let number = 0
      return {
        tick() {
          if (number < lines) log.info({ number: number++, filling }, 'filled')
          else if (number++ === lines) log.info('done')
        },
      }
    },
    timers: { tick: { interval: '10ms' } },
  })

export const small = make('small', 5)
export const medium = make('medium', 12)
export const large = make('large', 200)
