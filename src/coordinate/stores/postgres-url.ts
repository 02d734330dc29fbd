/** Checks a Postgres URL by the rule of its reader, `pg`, which ignores what it does not know. URLs may contain passwords: no message shows one. */
import { Client } from 'pg'
import { didYouMean } from '../../kernel/suggest.js'

/** The parameters that `pg` acts on. */
const PARAMETERS = [
  ...['host', 'port', 'user', 'password', 'ssl', 'sslmode', 'sslcert', 'sslkey', 'sslrootcert', 'sslnegotiation'],
  ...['uselibpqcompat', 'application_name', 'fallback_application_name', 'client_encoding', 'options'],
  ...['lock_timeout', 'idle_in_transaction_session_timeout'],
]

const ENCODE =
  'write these characters of the user and the password as %40 (@), %3A (:), %2F (/), %23 (#), %3F (?), %25 (%)'

/** Why a URL cannot be used, as the end of a sentence; undefined when it can. */
export function postgresUrlProblem(url: string): string | undefined {
  if (hasSeveralHosts(url)) {
    return 'names several hosts, and the client pg connects to one: give the address that follows the primary, for example of a proxy, or a DNS name'
  }
  if (!URL.canParse(url)) return `cannot be read; ${ENCODE}. Expected: postgres://user:password@host:5432/database`
  const { username, password, pathname, hash, searchParams } = new URL(url)
  if (hash || pathname.includes('@')) return `contains a "#", "/" or "?" before the host; ${ENCODE}`
  for (const part of [username, password, pathname]) {
    if (!canDecode(part)) return `contains a "%" that begins no character; ${ENCODE}`
  }
  for (const name of searchParams.keys()) {
    if (PARAMETERS.includes(name)) continue
    return `has the parameter ${JSON.stringify(name)}, which the client pg ignores${didYouMean(name, PARAMETERS)} (it knows ${PARAMETERS.join(', ')})`
  }
  try {
    // The constructor reads the certificates that the URL names.
    new Client({ connectionString: url })
    return undefined
  } catch (error) {
    return `is refused by the client pg: ${error instanceof Error ? error.message : error}`
  }
}

function hasSeveralHosts(url: string): boolean {
  const [beforeQuery = '', query = ''] = url.split('?', 2)
  const authority = /^[a-z]+:\/\/([^/#]*)/i.exec(beforeQuery)?.[1] ?? ''
  return authority.slice(authority.lastIndexOf('@') + 1).includes(',') || /(^|&)(host|port)=[^&]*(,|%2c)/i.test(query)
}

function canDecode(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
