/** Checks the names of the dependencies that a test replaces. */
import { type Injection, injectionName } from '../define/entries.js'
import { LeaseProvider } from '../depend/lease.js'
import { LoggerProvider } from '../depend/logger.js'
import { MembersProvider } from '../depend/members.js'
import { StateProvider } from '../depend/state.js'
import { UsageError } from '../kernel/errors.js'
import { didYouMean, show } from '../kernel/suggest.js'

/** @throws UsageError (`ERR_NO_DEPENDENCY`) for a name under which nothing is injected. `who` names the service in the message. */
export function refuseUnknownNames(names: readonly string[], injections: readonly Injection[], who: string): void {
  const known = [...new Set(injections.map(injectionName))]
  for (const name of names) {
    if (known.includes(name)) continue
    const places = [...new Set(injections.map(placeOf))]
    const injected = places.length > 0 ? `known: ${places.join(', ')}` : 'it injects nothing'
    const isByPosition = injections.some((injection) => 'parameter' in injection)
    const advice = isByPosition ? '; name a constructor parameter by its position' : ''
    const hint = didYouMean(name, known)
    throw new UsageError('ERR_NO_DEPENDENCY', `${who} injects no ${show(name)}${hint} (${injected}${advice})`)
  }
}

/** `store` for a property, `0: Store` for the first constructor parameter. */
function placeOf(injection: Injection): string {
  return 'property' in injection ? injection.property : `${injection.parameter}: ${nameOf(injection.token)}`
}

/** The public names of classes that are exported under another name. */
const EXPORTED: ReadonlyMap<string, string> = new Map([
  [LeaseProvider.name, 'Lease'],
  [LoggerProvider.name, 'Logger'],
  [MembersProvider.name, 'Members'],
  [StateProvider.name, 'State'],
])

function nameOf(token: unknown): string {
  const name = typeof token === 'function' && token.name ? token.name : show(token)
  return EXPORTED.get(name) ?? name
}
