/** One service living on this thread: its dependencies, its instance, and its hooks. */
import { availableParallelism, loadavg } from 'node:os'
import type { Logger } from 'pino'
import { isDefinedService } from '../src/define/define-service.js'
import { askInterval } from '../src/define/interval.js'
import type { IntervalFunction } from '../src/define/option-types.js'
import { entrypointsOf, injectionsOf, type ServiceSource } from '../src/define/service-source.js'
import type { ServiceDefinition } from '../src/kernel/definitions.js'
import { DefinitionError } from '../src/kernel/errors.js'
import { secondsFromMicros } from '../src/kernel/time.js'
import { Dependencies } from './dependencies.js'
import type { LiveTimer } from './timer-runner.js'

type Method = (...args: unknown[]) => unknown
type Instance = Record<string, unknown>

export class ServiceInstance {
  readonly #definition: ServiceDefinition
  readonly #source: ServiceSource
  readonly #dependencies: Dependencies
  readonly #config: Readonly<Record<string, unknown>>
  readonly #log: Logger
  #instance: Instance = {}
  #isStarted = false

  constructor(
    definition: ServiceDefinition,
    source: ServiceSource,
    config: Readonly<Record<string, unknown>>,
    log: Logger,
  ) {
    this.#definition = definition
    this.#source = source
    this.#config = config
    this.#log = log
    this.#dependencies = new Dependencies(injectionsOf(source), { service: definition.name, config, log })
  }

  get name(): string {
    return this.#definition.name
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
    this.#instance = instantiate(this.#source, this.#dependencies.parameters(), this.#dependencies.properties())
    this.#checkMethods()
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

  /** The timers, in the order of the definition. */
  timers(): LiveTimer[] {
    const functions = entrypointsOf(this.#source)
    return this.#definition.timers.map(({ id, method }): LiveTimer => {
      const instance = this.#instance
      const { when, interval } = functions.get(method) ?? {}
      return {
        id,
        log: this.#log,
        call: (instance[method] as Method).bind(instance),
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

function instantiate(source: ServiceSource, parameters: unknown[], properties: Record<string, unknown>): Instance {
  if (isDefinedService(source)) return (source.blueprint.create as (dependencies: unknown) => Instance)(properties)
  return Object.assign(new (source as new (...args: unknown[]) => Instance)(...parameters), properties)
}
