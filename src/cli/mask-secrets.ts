/**
 * A copy of configuration data that can be shown to others. Secrets are told by the names of their keys, and by what
 * they look like; when in doubt it masks, since a secret on a screen is worse than a value that is hidden.
 */
import { show } from '../kernel/suggest.js'

const MASK = '***'

/** Anywhere in a key, without regard to case and separators. */
const SECRET =
  /token(?!iz)|passw|passphrase|pwd|secret(?!ar)|credential|(api|private|access|secret|signing|encryption|account|master|shared|auth)key|authorization|cookie/

/** What is said *about* a secret is none: `TOKEN_LIFETIME`, `maxTokens`, `password.minLength`. */
const ABOUT_FIRST = /^(max|min|num|number|count|require|requires|allow|use|has|is)$/
const ABOUT_LAST =
  /^(ttl|timeout|lifetime|expiry|expires|interval|length|count|limit|size|max|min|file|path|dir|name|header|type|algorithm|policy|bucket)$/

/** `scheme://user:password@host`, to the last `@` that belongs to it: a password may hold one. */
const URL_PASSWORD =
  /([a-z][a-z0-9+.-]{0,30}:\/\/[^\s:@/?#]*):(?!\d+(?:[/?#]|$))\S*?@(?=[^@\s]*?(?:,\s*[a-z][a-z0-9+.-]{0,30}:\/\/|\s|$))/gi
/** `key=value` in the query of a URL, or in a connection string. */
const PARAMETER = /(^|[?&;\s])([\w.-]+)=([^&;\s#]+)/g
const BEARER = /\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/g
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/

/** Masked values are `***`; everything else is plain data of the same shape. */
export function maskSecrets(value: unknown, isSecret = false, within: readonly unknown[] = []): unknown {
  if (typeof value === 'string') return isSecret && value !== '' ? MASK : maskText(value)
  if (typeof value === 'number' || typeof value === 'bigint') return isSecret ? MASK : value
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (within.includes(value)) return '[circular]'
  const inside = [...within, value]
  if (Array.isArray(value) || value instanceof Set) {
    return [...value].map((item) => maskSecrets(item, isSecret, inside))
  }
  if (ArrayBuffer.isView(value)) return isSecret ? MASK : show(value)
  const entries: [unknown, unknown][] = value instanceof Map ? [...value] : Object.entries(value)
  return Object.fromEntries(
    entries.map(([key, inner]) => [
      String(key),
      maskSecrets(inner, isSecretKey(String(key)) || (isSecret && !isAbout(wordsOf(String(key)))), inside),
    ]),
  )
}

/** Whether what stands under a key is to be kept secret. */
export function isSecretKey(key: string): boolean {
  const words = wordsOf(key)
  return !isAbout(words) && (SECRET.test(words.join('')) || words.at(-1) === 'pass')
}

function isAbout(words: readonly string[]): boolean {
  return ABOUT_FIRST.test(words[0] ?? '') || ABOUT_LAST.test(words.at(-1) ?? '')
}

/** `DB_PASSWORD`, `db-password` and `dbPassword` are the words `db` and `password`. */
function wordsOf(key: string): string[] {
  return key
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
}

function maskText(text: string): string {
  if (PRIVATE_KEY.test(text)) return MASK
  return text
    .replaceAll(URL_PASSWORD, `$1:${MASK}@`)
    .replaceAll(BEARER, `$1 ${MASK}`)
    .replaceAll(PARAMETER, (all, before: string, key: string) => (isSecretKey(key) ? `${before}${key}=${MASK}` : all))
}
