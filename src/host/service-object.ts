/** One service on this thread: its dependencies, the user's object, and its hooks. */
import { availableParallelism, loadavg } from 'node:os'
import type { Logger } from 'pino'
import type { LeaseView } from '../coordinate/lease-view.js'
import { isDefinedService } from '../define/define-service.js'
import { injectionName, timerKey } from '../define/entries.js'
import { generatorKind, generatorProblem } from '../define/generator-method.js'
import { askInterval } from '../define/options/interval.js'
import type { IntervalFunction } from '../define/options/option-types.js'
import { entrypointsOf, injectionsOf, type ServiceSource } from '../define/service-source.js'
import { wire } from '../define/wiring.js'
import type { ProviderContext } from '../depend/provider.js'
import { firstInterval, type ServiceDefinition } from '../kernel/definitions.js'
import { DefinitionError } from '../kernel/errors.js'
import { type RunContext, type RunResult, withinRun } from '../kernel/run-context.js'
import { secondsFromMicros } from '../kernel/time.js'
import { Dependencies } from './dependencies.js'
import type { LiveTimer } from './timer-runner.js'

/** Changes that the test harness makes to a service. */
export interface ServiceObjectOptions {
  /** Values to inject instead of those of providers, by property, or by position for constructor parameters. */
  readonly replacements?: Readonly<Record<string, unknown>>
  /** Called after the hooks of every run. */
  readonly onRun?: (run: RunContext, result: RunResult) => void
}

type Method = (...args: unknown[]) => unknown
type UserObject = Record<string, unknown>

export class ServiceObject {
  readonly definition: ServiceDefinition
  readonly #source: ServiceSource
  readonly #dependencies: Dependencies
  readonly #config: Readonly<Record<string, unknown>>
  readonly #log: Logger
  readonly #replacements: Readonly<Record<string, unknown>>
  readonly #onRun: ServiceObjectOptions['onRun']
  #object: UserObject = {}
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
    this.definition = definition
    this.#source = source
    this.#config = context.config
    this.#log = context.log
    // Problems are ignored here: they were reported when the service was described.
    const injections = injectionsOf(source).filter(
      (injection) => !Object.hasOwn(replacements, injectionName(injection)),
    )
    this.#dependencies = new Dependencies(
      wire(injections, () => {}),
      { ...context, service: definition.name },
    )
  }

  /** The object of the user's class, or the result of `create`; an empty object before {@link start}. */
  get object(): UserObject {
    return this.#object
  }

  /** Undefined for an object of `defineService`. */
  get className(): string | undefined {
    return typeof this.#source === 'function' ? this.#source.name : undefined
  }

  get name(): string {
    return this.definition.name
  }

  /** The methods that other services may call. */
  get rpcs(): string[] {
    return this.definition.rpcs.map(({ method }) => method)
  }

  /** The method of one of {@link rpcs}; undefined when there is no rpc of that name. */
  method(name: string): Method | undefined {
    return this.#methods.get(name)
  }

  /** Calls a method in the context of its run and between the hooks of the dependencies. */
  enter(run: RunContext, call: () => unknown): unknown {
    return withinRun(run, () => this.#around(run, call))
  }

  #around(run: RunContext, call: () => unknown): unknown {
    const around = () => this.#dependencies.around(run, call)
    return this.#onRun ? observed(around, run, this.#onRun) : around()
  }

  prepare(): Promise<void> {
    return this.#dependencies.setUp()
  }

  /** Starts the service. Calls `onStep` with the name of each step before the step, so that an error can name it. */
  async start(onStep: (step: string) => void): Promise<void> {
    onStep('a dependency')
    await this.#dependencies.start()
    onStep('its constructor')
    const dependencies = this.#dependencies
    this.#object = instantiate(this.#source, dependencies.parameters(), dependencies.properties(), this.#replacements)
    this.#checkMethods()
    for (const name of this.rpcs) this.#methods.set(name, (this.#object[name] as Method).bind(this.#object))
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

  /** The timers, in the order of the definition. `leaseOf` returns the lease that a timer needs. */
  timers(leaseOf: (name: string) => LeaseView): LiveTimer[] {
    const functions = entrypointsOf(this.#source)
    const isObserved = this.#onRun !== undefined || this.#dependencies.haveHooks
    return this.definition.timers.map(({ id, method, name, lease, schedule }): LiveTimer => {
      const object = this.#object
      const { when, interval } = functions.get(timerKey(method, name)) ?? {}
      return {
        id,
        method,
        log: this.#log,
        // Decided here rather than at the due moment, to save time there.
        call: isObserved
          ? (run) =>
              this.#around(run, () => {
                run.refuseUnlessHeld()
                return (object[method] as Method)(run.tick)
              })
          : ({ tick }) => (object[method] as Method)(tick),
        lease: lease === undefined ? undefined : leaseOf(lease),
        when: when && ((tick) => when(tick, object)),
        nextInterval: interval && this.#intervalAsker(id, interval),
        interval: firstInterval(schedule),
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

  /** Checks the result of `create` for its methods; the methods of a class were checked when it was described. */
  #checkMethods(): void {
    for (const { method } of [...this.definition.timers, ...this.definition.rpcs]) {
      const found = this.#object[method]
      const kind = generatorKind(found)
      if (kind) throw new DefinitionError('ERR_DEFINITION', [generatorProblem(`the method "${method}"`, kind)])
      if (typeof found === 'function') continue
      throw new DefinitionError('ERR_DEFINITION', [
        `create() must return an object with a method "${method}", which is named as an entrypoint`,
      ])
    }
  }

  #hook(name: 'onStart' | 'onStop'): unknown {
    const hook = this.#object[name]
    return typeof hook === 'function' ? hook.call(this.#object) : undefined
  }
}

/** Creates the user's object with its injected values. */
export function instantiate(
  source: ServiceSource,
  parameters: unknown[],
  provided: Readonly<Record<string, unknown>>,
  replacements: Readonly<Record<string, unknown>> = {},
): UserObject {
  const properties = { ...provided }
  for (const injection of injectionsOf(source)) {
    const name = injectionName(injection)
    if (!Object.hasOwn(replacements, name)) continue
    if ('property' in injection) properties[name] = replacements[name]
    else parameters[injection.parameter] = replacements[name]
  }
  if (isDefinedService(source)) return (source.blueprint.create as (dependencies: unknown) => UserObject)(properties)
  return Object.assign(new (source as new (...args: unknown[]) => UserObject)(...parameters), properties)
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
