/** The dependency providers of one service object: sets them up and starts them in order, calls their hooks around each run, stops them in reverse. */
import type { Logger } from 'pino'
import type { Wiring } from '../define/wiring.js'
import type { DependencyProvider, ProviderClass, ProviderContext } from '../depend/provider.js'
import { StartError } from '../kernel/errors.js'
import type { RunContext, RunResult } from '../kernel/run-context.js'

interface Bound {
  readonly provider: DependencyProvider
  /** The first place that injects it, for messages. */
  readonly place: string
  /** The providers whose values go into its own properties. */
  readonly needs: readonly { readonly property: string; readonly of: Bound }[]
  stage: 'made' | 'set up' | 'started'
}

export class Dependencies {
  /** Each provider after the providers that it needs. */
  readonly #bound: readonly Bound[]
  readonly #targets: readonly { readonly injection: Wiring['targets'][number]['injection']; readonly of: Bound }[]
  /** The providers with a `beforeRun`, `onResult` or `afterRun` hook. */
  readonly #aroundRuns: readonly Bound[]
  readonly #log: Logger

  constructor({ plans, targets }: Wiring, context: ProviderContext) {
    this.#log = context.log
    const made = new Map<unknown, Bound>()
    for (const plan of plans) {
      const provider = new (plan.provider as ProviderClass)(...(plan.args as never[]))
      Object.assign(provider, { context })
      const needs = plan.needs.map((need) => ({ property: need.property, of: made.get(need.plan)! }))
      made.set(plan, { provider, place: plan.place, needs, stage: 'made' })
    }
    this.#bound = [...made.values()]
    this.#targets = targets.map(({ injection, plan }) => ({ injection, of: made.get(plan)! }))
    this.#aroundRuns = this.#bound.filter(
      ({ provider }) => provider.beforeRun ?? provider.onResult ?? provider.afterRun,
    )
  }

  async setUp(): Promise<void> {
    for (const bound of this.#bound) {
      await named(`setup of ${bound.place}`, () => bound.provider.setup?.())
      bound.stage = 'set up'
    }
  }

  async start(): Promise<void> {
    for (const bound of this.#bound) {
      await named(`start of ${bound.place}`, () => {
        for (const { property, of } of bound.needs) Object.assign(bound.provider, { [property]: this.#valueOf(of) })
        return bound.provider.start?.()
      })
      bound.stage = 'started'
    }
  }

  /** The injected arguments of the constructor, by position. */
  parameters(): unknown[] {
    const values: unknown[] = []
    for (const { injection, of } of this.#targets) {
      if ('parameter' in injection) values[injection.parameter] = this.#valueOf(of)
    }
    return values
  }

  /** The injected properties of the service object, by name. */
  properties(): Record<string, unknown> {
    return Object.fromEntries(
      this.#targets.flatMap(({ injection, of }) =>
        'property' in injection ? [[injection.property, this.#valueOf(of)]] : [],
      ),
    )
  }

  readonly #values = new Map<Bound, unknown>()

  /** Calls `get` of a provider once. */
  #valueOf(bound: Bound): unknown {
    if (!this.#values.has(bound)) this.#values.set(bound, bound.provider.get())
    return this.#values.get(bound)
  }

  /** True when {@link around} calls hooks. */
  get haveHooks(): boolean {
    return this.#aroundRuns.length > 0
  }

  /** Calls a method between the hooks of the providers. */
  around(run: RunContext, call: () => unknown): unknown {
    return this.#aroundRuns.length === 0 ? call() : this.#withHooks(run, call)
  }

  async #withHooks(run: RunContext, call: () => unknown): Promise<unknown> {
    const reached: Bound[] = []
    let result: RunResult
    try {
      for (const bound of this.#aroundRuns) {
        reached.push(bound)
        await bound.provider.beforeRun?.(run)
      }
      // The run may have been aborted during the hooks.
      refuseIfOver(run)
      result = { outcome: 'completed', value: await call() }
    } catch (error) {
      result = { outcome: 'failed', error }
    }
    for (const { provider, place } of reached) {
      await this.#logged('onResult', place, run, () => provider.onResult?.(run, result))
    }
    for (const { provider, place } of reached.reverse()) {
      await this.#logged('afterRun', place, run, () => provider.afterRun?.(run))
    }
    if (result.outcome === 'failed') throw result.error
    return result.value
  }

  async #logged(hook: string, dependency: string, { callId }: RunContext, call: () => unknown): Promise<void> {
    try {
      await call()
    } catch (error) {
      this.#log.error({ err: error, dependency, hook, callId }, 'dependency hook failed')
    }
  }

  /** Stops all providers in reverse order. An error of one is logged, and the others are stopped all the same. */
  async stop(): Promise<void> {
    for (const bound of [...this.#bound].reverse()) {
      const { provider, place, stage } = bound
      bound.stage = 'made'
      try {
        if (stage === 'started') await provider.stop?.()
        else if (stage === 'set up') await provider.abandon?.()
      } catch (error) {
        this.#log.error({ err: error, dependency: place }, 'dependency failed to stop')
      }
    }
  }
}

/** @throws the abort reason of the run; LeaseLostError when its lease was lost. */
function refuseIfOver({ tick, signal }: RunContext): void {
  signal.throwIfAborted()
  tick?.throwIfAborted()
  tick?.lease?.assertHeld()
}

async function named(step: string, run: () => unknown): Promise<void> {
  try {
    await run()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new StartError('ERR_DEPENDENCY', `${step} failed: ${message}`, { cause: error })
  }
}
