/** One service living on this thread: its dependencies, its instance, and its hooks. */
import { availableParallelism, loadavg } from 'node:os'
import type { Logger } from 'pino'
import type { LeaseView } from '../coordinate/lease-view.js'
import { isDefinedService } from '../define/define-service.js'
import { injectionName } from '../define/entries.js'
import { askInterval } from '../define/options/interval.js'
import type { IntervalFunction } from '../define/options/option-types.js'
import { entrypointsOf, injectionsOf, type ServiceSource } from '../define/service-source.js'
import { wire } from '../define/wiring.js'
import type { ProviderContext } from '../depend/provider.js'
import type { ServiceDefinition } from '../kernel/definitions.js'
import { DefinitionError } from '../kernel/errors.js'
import { type RunContext, type RunResult, withinRun } from '../kernel/run-context.js'
import { secondsFromMicros } from '../kernel/time.js'
import { Dependencies } from './dependencies.js'
import type { LiveTimer } from './timer-runner.js'

/** What tests change about a service. */
export interface ServiceObjectOptions {
  /** What is injected instead of what a provider gives, by property, or by position for parameters of the constructor. */
  readonly replacements?: Readonly<Record<string, unknown>>
  /** Hears of every run after its hooks are done. */
  readonly onRun?: (run: RunContext, result: RunResult) => void
}

type Method = (...args: unknown[]) => unknown
type Instance = Record<string, unknown>

export class ServiceObject {
  readonly #definition: ServiceDefinition
  readonly #source: ServiceSource
  readonly #dependencies: Dependencies
  readonly #config: Readonly<Record<string, unknown>>
  readonly #log: Logger
  readonly #replacements: Readonly<Record<string, unknown>>
  readonly #onRun: ServiceObjectOptions['onRun']
  #instance: Instance = {}
  readonly #methods = new Map<string, Method>()
  #isStarted = false

  constructor(
    definition: ServiceDefinition,
    source: ServiceSource,
    context: Omit<ProviderContext, 'service'>,
    { replacements = {}, onRun }: ServiceObjectOptions = {},
  ) {
    this.#replacements = replacements
    this.#onRun = onRun
    this.#definition = definition
    this.#source = source
    this.#config = context.config
    this.#log = context.log
    // What cannot be wired was refused when the service was described.
    const injections = injectionsOf(source).filter(
      (injection) => !Object.hasOwn(replacements, injectionName(injection)),
    )
    this.#dependencies = new Dependencies(
      wire(injections, () => {}),
      { ...context, service: definition.name },
    )
  }

  /** The live object; an empty one before {@link start}. */
  get instance(): Instance {
    return this.#instance
  }

  get name(): string {
    return this.#definition.name
  }

  /** The methods that other services may call. */
  get rpcs(): string[] {
    return this.#definition.rpcs.map(({ method }) => method)
  }

  /** One of {@link rpcs}; undefined when there is none of that name. */
  method(name: string): Method | undefined {
    return this.#methods.get(name)
  }

  /** Calls a method in the context of its run, within the hooks of the dependencies. */
  enter(run: RunContext, call: () => unknown): unknown {
    return withinRun(run, () => this.#around(run, call))
  }

  #around(run: RunContext, call: () => unknown): unknown {
    const around = () => this.#dependencies.around(run, call)
    return this.#onRun ? observed(around, run, this.#onRun) : around()
  }

  /** Sets up the dependencies. */
  prepare(): Promise<void> {
    return this.#dependencies.setUp()
  }

  /** Brings the service to life; `onStep` hears what comes next, so that a failure can be named. */
  async start(onStep: (step: string) => void): Promise<void> {
    onStep('a dependency')
    await this.#dependencies.start()
    onStep('its constructor')
    const dependencies = this.#dependencies
    this.#instance = instantiate(this.#source, dependencies.parameters(), dependencies.properties(), this.#replacements)
    this.#checkMethods()
    for (const name of this.rpcs) this.#methods.set(name, (this.#instance[name] as Method).bind(this.#instance))
    onStep('onStart')
    await this.#hook('onStart')
    this.#isStarted = true
  }

  async stop(): Promise<void> {
    try {
      if (this.#isStarted) await this.#hook('onStop')
    } catch (error) {
      this.#log.error({ err: error }, 'onStop failed')
    }
    await this.#dependencies.stop()
  }

  /** The timers, in the order of the definition. `leaseOf` gives the leases that they run under. */
  timers(leaseOf: (name: string) => LeaseView): LiveTimer[] {
    const functions = entrypointsOf(this.#source)
    const isObserved = this.#onRun !== undefined || this.#dependencies.haveHooks
    return this.#definition.timers.map(({ id, method, lease }): LiveTimer => {
      const instance = this.#instance
      const { when, interval } = functions.get(method) ?? {}
      return {
        id,
        method,
        log: this.#log,
        // Whatever can be decided here is not decided at the due moment.
        call: isObserved
          ? (run) => this.#around(run, () => (instance[method] as Method)(run.tick))
          : ({ tick }) => (instance[method] as Method)(tick),
        lease: lease === undefined ? undefined : leaseOf(lease),
        when: when && ((tick) => when(tick, instance)),
        nextInterval: interval && this.#intervalAsker(id, interval),
      }
    })
  }

  #intervalAsker(id: string, interval: IntervalFunction): NonNullable<LiveTimer['nextInterval']> {
    let failures = 0
    return (duration, hasFailed) => {
      failures = hasFailed ? failures + 1 : 0
      const facts = {
        lastDuration: secondsFromMicros(duration),
        failures,
        load: loadavg()[0]! / availableParallelism(),
      }
      const asked = askInterval(interval, facts, this.#config)
      if ('value' in asked) return asked.value
      this.#log.error({ entrypoint: id, problem: asked.problem }, 'interval function failed, interval kept')
      return undefined
    }
  }

  /** What `create` returned is not known before it has been called; a class was looked at when it was described. */
  #checkMethods(): void {
    for (const { method } of [...this.#definition.timers, ...this.#definition.rpcs]) {
      if (typeof this.#instance[method] === 'function') continue
      throw new DefinitionError('ERR_DEFINITION', [
        `create() must return an object with a method "${method}", which is named as an entrypoint`,
      ])
    }
  }

  #hook(name: 'onStart' | 'onStop'): unknown {
    const hook = this.#instance[name]
    return typeof hook === 'function' ? hook.call(this.#instance) : undefined
  }
}

/** Makes an instance with what is injected into it. */
export function instantiate(
  source: ServiceSource,
  parameters: unknown[],
  provided: Readonly<Record<string, unknown>>,
  replacements: Readonly<Record<string, unknown>> = {},
): Instance {
  const properties = { ...provided }
  for (const injection of injectionsOf(source)) {
    const name = injectionName(injection)
    if (!Object.hasOwn(replacements, name)) continue
    if ('property' in injection) properties[name] = replacements[name]
    else parameters[injection.parameter] = replacements[name]
  }
  if (isDefinedService(source)) return (source.blueprint.create as (dependencies: unknown) => Instance)(properties)
  return Object.assign(new (source as new (...args: unknown[]) => Instance)(...parameters), properties)
}

async function observed(
  call: () => unknown,
  run: RunContext,
  onRun: NonNullable<ServiceObjectOptions['onRun']>,
): Promise<unknown> {
  try {
    const value = await call()
    onRun(run, { outcome: 'completed', value })
    return value
  } catch (error) {
    onRun(run, { outcome: 'failed', error })
    throw error
  }
}
