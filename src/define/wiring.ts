/**
 * Finds the providers that a service needs and puts them in order: providers may inject providers.
 *
 * The same class with the same arguments is one provider, wherever it is injected.
 */
import { isDeepStrictEqual } from 'node:util'
import { isMarkedProvider, type MarkedClass } from '../kernel/provider-mark.js'
import { show } from '../kernel/suggest.js'
import type { Injection, ServiceClass } from './entries.js'
import { readInjections } from './metadata.js'
import type { Report } from './options/check.js'
import { hasGet, renamedHooks } from './provider-members.js'

/** A provider to create, and the providers to inject into its properties. */
export interface ProviderPlan {
  readonly provider: MarkedClass
  readonly args: readonly unknown[]
  /** The first place that injects it, for messages: `config (Config)`. */
  readonly place: string
  readonly needs: readonly { readonly property: string; readonly plan: ProviderPlan }[]
}

export interface Wiring {
  /** Every provider once, after the providers that it needs. */
  readonly plans: readonly ProviderPlan[]
  /** The injections of the service, each with its provider. */
  readonly targets: readonly { readonly injection: Injection; readonly plan: ProviderPlan }[]
}

/** Plans the providers for these injections. An injection that cannot be provided is reported and left out. */
export function wire(injections: readonly Injection[], report: Report): Wiring {
  const plans: ProviderPlan[] = []

  const plan = (injection: Injection, path: readonly MarkedClass[]): ProviderPlan | undefined => {
    const { token, args } = injection
    const where = placeOf(injection)
    if (!isMarkedProvider(token)) {
      report(`${within(path)}${where} asks for ${nameOf(token)}, which is not a dependency provider: ${EXPECTED}`)
      return undefined
    }
    if (!hasGet(token)) {
      report(
        `${within(path)}${where} asks for ${nameOf(token)}, which has no method "get": add get() { return ... } to the class; its result is injected`,
      )
      return undefined
    }
    const renamed = renamedHooks(token)
    if (renamed.length > 0) {
      for (const problem of renamed) report(`${within(path)}${where}: ${problem}`)
      return undefined
    }
    if (path.includes(token)) {
      const cycle = [...path.slice(path.indexOf(token)), token].map(({ name }) => name).join(' -> ')
      report(`${within(path)}${where} closes a cycle of providers (${cycle}): remove one of these injections`)
      return undefined
    }
    const known = plans.find((made) => made.provider === token && isDeepStrictEqual(made.args, args))
    if (known) return known
    const needs = readInjections(token as ServiceClass).flatMap((inner) => {
      if ('parameter' in inner) {
        if (inner.isByType) return []
        report(
          `${token.name} injects into its constructor, which takes the arguments of @inject: inject into a property`,
        )
        return []
      }
      const needed = plan(inner, [...path, token])
      return needed ? [{ property: inner.property, plan: needed }] : []
    })
    const made = { provider: token, args, place: `${where} (${token.name})`, needs }
    plans.push(made)
    return made
  }

  const targets = injections.flatMap((injection) => {
    const made = plan(injection, [])
    return made ? [{ injection, plan: made }] : []
  })
  return { plans, targets }
}

const EXPECTED = 'expected a class that extends DependencyProvider, such as Config or Logger'

function placeOf(injection: Injection): string {
  return 'property' in injection ? injection.property : `constructor parameter ${injection.parameter + 1}`
}

function within(path: readonly MarkedClass[]): string {
  return path.length === 0 ? '' : `${path.map(({ name }) => name).join(' -> ')}: `
}

function nameOf(token: unknown): string {
  return typeof token === 'function' && token.name ? token.name : show(token)
}
