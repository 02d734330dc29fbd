/**
 * All settings. The descriptions are the documentation: `config.schema.json` passes them to editors.
 */
import { ANY_SPAN, POSITIVE_SPAN } from '../define/options/durations.js'
import { oneOf, wholeNumber } from '../define/options/schema.js'
import { z } from '../define/options/zod.js'
import { show } from '../kernel/suggest.js'
import { METRIC_DETAILS } from '../kernel/vocabulary.js'
import { coordination } from './settings-coordination.js'
import { http } from './settings-http.js'
import { heartbeat, notify } from './settings-notify.js'
import { queue } from './settings-queue.js'
import { duration, optionalText, section } from './settings-values.js'

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

const freeOptions = z.record(z.string(), z.unknown(), {
  error: ({ input }) => `must be a mapping of options to values, got ${show(input)}`,
})

export const settingsSchema = section({
  http: http
    .prefault({})
    .describe('Where metrics, health, API and dashboard are served, and who may use them; `false` serves nothing.'),
  log: section({
    level: oneOf(LEVELS)
      .default('info')
      .describe('The lowest level that is logged; `silent` logs nothing. Default: `info`.'),
  })
    .prefault({})
    .describe('Logging of the supervisor and of the services.'),
  metrics: section({
    detail: oneOf(METRIC_DETAILS)
      .default('method')
      .describe(
        'With `service`, histograms and the counters by reason, outcome, cause or result have no label `method`: one series for all methods of a service. Default: `method`.',
      ),
  })
    .prefault({})
    .describe('The metrics of the supervisor.'),
  preload: z
    .array(z.string('must be text').min(1, 'must not be empty'), {
      error: ({ input }) => `must be a list of paths of modules, got ${show(input)}`,
    })
    .readonly()
    .default([])
    .describe(
      'Modules that every thread of a service imports before the services, in this order: paths relative to the working directory. Default: none.',
    ),
  traces: z
    .boolean({ error: ({ input }) => `must be true or false, got ${show(input)}` })
    .default(true)
    .describe('Makes OpenTelemetry spans of runs and calls on threads where an SDK is registered. Default: true.'),
  startup: section({
    deadline: duration(POSITIVE_SPAN)
      .prefault('30s')
      .describe(
        'How long the import, the dependencies and `onStart` of a service may take together. Unit: seconds. Default: 30 s.',
      ),
  })
    .prefault({})
    .describe('How services start.'),
  shutdown: section({
    drain: duration(ANY_SPAN)
      .prefault('10s')
      .describe('How long runs may continue after a stop was requested. Unit: seconds. Default: 10 s.'),
  })
    .prefault({})
    .describe('How services stop.'),
  rpc: section({
    timeout: duration(POSITIVE_SPAN)
      .prefault('10s')
      .describe('How long a call may take, unless the call sets its own timeout. Unit: seconds. Default: 10 s.'),
  })
    .prefault({})
    .describe('Calls from service to service.'),
  state: section({
    file: optionalText().describe(
      'File that keeps the state of the services, and pauses, when the process ends. Default: none, they are kept in memory only.',
    ),
    maxBytes: wholeNumber(1, Number.MAX_SAFE_INTEGER)
      .default(1_048_576)
      .describe('How much state one service may store. Unit: bytes. Default: 1048576 (1 MiB).'),
  })
    .prefault({})
    .describe('Storage for the dependency `State`.'),
  coordination: coordination
    .prefault({})
    .describe('The store through which the processes of a deployment divide their work; text alone is the `url`.'),
  queue: queue
    .prefault({})
    .describe('The store that keeps the ticks of scope `queue`, and what this instance does with them.'),
  notify,
  heartbeat,
  defaults: freeOptions.default({}).describe('Options of every timer that does not set them itself.'),
  services: z
    .record(z.string(), freeOptions, {
      error: ({ input }) => `must be a mapping of names of services to their options, got ${show(input)}`,
    })
    .default({})
    .describe('Options of single services, by name; they override the options in the code of the service.'),
}).check(({ value, issues }) => {
  if (value.http !== false) return
  for (const path of ['notify', 'heartbeat'] as const) {
    if (value[path] === undefined) continue
    const message = 'needs http: the thread that serves it sends them. Remove this section, or do not turn http off'
    issues.push({ code: 'custom', message, path: [path], input: undefined })
  }
})
