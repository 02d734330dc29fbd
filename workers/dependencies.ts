/** The dependency providers of one service: made, set up and started in order, stopped in reverse. */
import type { Logger } from 'pino'
import type { Injection } from '../src/define/entries.js'
import { type DependencyProvider, isProviderClass, type ProviderContext } from '../src/depend/provider.js'
import { StartError } from '../src/kernel/errors.js'
import { show } from '../src/kernel/suggest.js'

interface Bound {
  readonly injection: Injection
  readonly provider: DependencyProvider
  /** Where it is injected, for messages. */
  readonly place: string
}

export class Dependencies {
  readonly #bound: readonly Bound[]
  readonly #log: Logger
  #started = 0

  constructor(injections: readonly Injection[], context: ProviderContext) {
    this.#log = context.log
    this.#bound = injections.map((injection) => bind(injection, context))
  }

  async setUp(): Promise<void> {
    for (const { provider, place } of this.#bound) {
      await named(`setup of ${place}`, () => provider.setup?.())
    }
  }

  async start(): Promise<void> {
    for (const { provider, place } of this.#bound) {
      await named(`start of ${place}`, () => provider.start?.())
      this.#started++
    }
  }

  /** What the constructor takes, by position. */
  parameters(): unknown[] {
    const values: unknown[] = []
    for (const { injection, provider } of this.#bound) {
      if ('parameter' in injection) values[injection.parameter] = provider.get()
    }
    return values
  }

  /** What goes into the instance, by property. */
  properties(): Record<string, unknown> {
    return Object.fromEntries(
      this.#bound.flatMap(({ injection, provider }) =>
        'property' in injection ? [[injection.property, provider.get()]] : [],
      ),
    )
  }

  /** Stops what was started, last first. One that throws is logged and does not keep the others from stopping. */
  async stop(): Promise<void> {
    for (const { provider, place } of this.#bound.slice(0, this.#started).reverse()) {
      try {
        await provider.stop?.()
      } catch (error) {
        this.#log.error({ err: error, dependency: place }, 'dependency failed to stop')
      }
    }
    this.#started = 0
  }
}

function bind(injection: Injection, context: ProviderContext): Bound {
  const { token, args } = injection
  const where = 'property' in injection ? injection.property : `constructor parameter ${injection.parameter + 1}`
  if (!isProviderClass(token)) {
    const name = typeof token === 'function' ? token.name : show(token)
    throw new StartError(
      'ERR_PROVIDER',
      `${where} asks for ${name}, which is not a dependency provider: expected a class that extends DependencyProvider, such as Config or Logger`,
    )
  }
  const provider = new token(...(args as never[]))
  Object.assign(provider, { context })
  return { injection, provider, place: `${where} (${token.name})` }
}

async function named(step: string, run: () => unknown): Promise<void> {
  try {
    await run()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new StartError('ERR_DEPENDENCY', `${step} failed: ${message}`, { cause: error })
  }
}
