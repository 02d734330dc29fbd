import type { MethodEntrypointDecorator } from '../../src/define/decorator-types.js'
import { cron, service, timer } from '../../src/define/decorators.js'
import { type DescribeSettings, describeModule } from '../../src/define/describe.js'
import type { ServiceDefinition, TimerDefinition } from '../../src/kernel/definitions.js'
import { DefinitionError } from '../../src/kernel/errors.js'

type Class = new () => object

/** Type of inputs that are wrong on purpose, which only JavaScript allows. */
// biome-ignore lint/suspicious/noExplicitAny: any is the point
export type Anything = any

const PLAIN: DescribeSettings = {
  config: {},
  defaults: {},
  services: {},
  load: 0,
  now: Date.UTC(2026, 0, 5),
  host: 'machine-1',
}

/** The definitions of the services of a module with these exports. */
export function describeExports(exports: Anything, settings: Partial<DescribeSettings> = {}): ServiceDefinition[] {
  return describeModule(exports, 'file:///jobs.js', { ...PLAIN, ...settings })
}

/** The problems of a module with these exports; fails when there is none. */
export function problemsOf(exports: Anything, settings: Partial<DescribeSettings> = {}): readonly string[] {
  return thrownBy(() => describeExports(exports, settings)).problems
}

/** The DefinitionError that a call throws. */
export function thrownBy(call: () => unknown): DefinitionError {
  try {
    call()
  } catch (error) {
    if (error instanceof DefinitionError) return error
    throw error
  }
  throw new Error('expected a DefinitionError')
}

/** Applies a decorator to a method as `experimentalDecorators` does. */
export function decorate(target: Class, method: string, decorator: MethodEntrypointDecorator): void {
  decorator(target.prototype, method, Object.getOwnPropertyDescriptor(target.prototype, method)!)
}

/** A service `jobs` with the one timer `jobs.run`. */
export function withTimer(interval: Anything, options?: Anything): Class {
  class Jobs {
    run() {}
  }
  decorate(Jobs, 'run', timer(interval, options))
  service('jobs')(Jobs)
  return Jobs
}

/** A service `jobs` with two timers, `jobs.first` and `jobs.second`. */
export function withTimers(first: Anything, second: Anything): Class {
  class Jobs {
    first() {}
    second() {}
  }
  decorate(Jobs, 'first', timer(first))
  decorate(Jobs, 'second', timer(second))
  service('jobs')(Jobs)
  return Jobs
}

/** A service `jobs` with the one cron entrypoint `jobs.run`. */
export function withCron(expression: Anything, options?: Anything): Class {
  class Jobs {
    run() {}
  }
  decorate(Jobs, 'run', cron(expression, options))
  service('jobs')(Jobs)
  return Jobs
}

/** The definition of the one timer of a service. */
export function timerOf(jobs: Class, settings: Partial<DescribeSettings> = {}): TimerDefinition {
  return describeExports({ jobs }, settings)[0]!.timers[0]!
}
