/** Where a test may put something else than what is injected. */
import { type Injection, injectionName } from '../define/entries.js'
import { LeaseProvider } from '../depend/lease.js'
import { LoggerProvider } from '../depend/logger.js'
import { MembersProvider } from '../depend/members.js'
import { StateProvider } from '../depend/state.js'
import { UsageError } from '../kernel/errors.js'
import { didYouMean, show } from '../kernel/suggest.js'

/** @throws UsageError (`ERR_NO_DEPENDENCY`) for a name that nothing is injected under; `who` injects, for the message. */
export function refuseUnknownNames(names: readonly string[], injections: readonly Injection[], who: string): void {
  const known = [...new Set(injections.map(injectionName))]
  for (const name of names) {
    if (known.includes(name)) continue
    const places = [...new Set(injections.map(placeOf))]
    const injected = places.length > 0 ? `there is ${places.join(', ')}` : 'nothing is injected'
    const isByPosition = injections.some((injection) => 'parameter' in injection)
    const advice = isByPosition ? '; parameters of a constructor are replaced by their position' : ''
    const hint = didYouMean(name, known)
    throw new UsageError('ERR_NO_DEPENDENCY', `${who} injects no ${show(name)}${hint} (${injected}${advice})`)
  }
}

/** `store`, or `0: Store` for the first parameter of a constructor. */
function placeOf(injection: Injection): string {
  return 'property' in injection ? injection.property : `${injection.parameter}: ${nameOf(injection.token)}`
}

/** Classes that are exported under another name than their own. */
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
