/**
 * Checks the header `Host` against DNS rebinding: a web page of a stranger makes its own name lead to this server, and reads the
 * answers as its own. The browser sends that name; it sends neither `localhost` nor an address for such a page.
 */
import { isAddress, isLoopback } from '../../kernel/loopback.js'

export interface NamedServer {
  /** The address that the server listens on. */
  readonly host: string
  readonly allowedHosts: readonly string[]
}

/** Whether a request may call the server by this name. A request without the header does not come from a browser. */
export function isNameAllowed(header: string | undefined, { host, allowedHosts }: NamedServer): boolean {
  if (header === undefined) return true
  // On other addresses nobody knows by which names the server is reached, unless told.
  if (!isLoopback(host) && allowedHosts.length === 0) return true
  const name = header.replace(/:\d*$/, '').toLowerCase()
  return name === 'localhost' || isAddress(name) || allowedHosts.some((allowed) => allowed.toLowerCase() === name)
}
