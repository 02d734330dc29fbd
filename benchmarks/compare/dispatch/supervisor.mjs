/** A supervisor with one service whose timer is far off: its method is run by `trigger`. */
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { Supervisor } from '../../../dist/src/index.js'

const ID = 'triggered.work'

/** `run()` resolves, when the run has ended, to the moment of its first statement in microseconds. */
export async function openSupervisor() {
  const startedAt = new SharedArrayBuffer(8)
  const supervisor = new Supervisor({
    modules: [fileURLToPath(new URL('service.mjs', import.meta.url))],
    config: { startedAt },
    http: false,
    logger: pino({ level: 'silent' }),
  })
  let ended = () => {}
  supervisor.on('run.ended', () => ended())
  await supervisor.start()
  return {
    async run() {
      const end = new Promise((resolve) => {
        ended = resolve
      })
      supervisor.trigger(ID)
      await end
      return new Float64Array(startedAt)[0]
    },
  }
}
