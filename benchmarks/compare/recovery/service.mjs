import { Config, defineService, fromConfig } from '../../../dist/src/index.js'
import { run } from './job.mjs'

export default defineService({
  name: 'failing',
  dependencies: { config: Config },
  create: ({ config }) => ({ work: () => run(config.get('job')) }),
  resourceLimits: { maxOldGenerationSizeMb: 64 },
  timers: { work: { interval: '100ms', timeout: fromConfig('timeout'), abortGrace: fromConfig('grace') } },
})
