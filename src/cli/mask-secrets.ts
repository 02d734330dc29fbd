/**
 * Copies configuration data and masks its secrets. A secret is recognized by the name of its key or by its form. In doubt the
 * value is masked, because a shown secret does more harm than a hidden value.
 */
import { show } from '../kernel/suggest.js'

const MASK = '***'

/** Words that mark a key as secret; they are searched anywhere in the key, in lower case and without separators. */
const SECRET =
  /token(?!iz)|passw|passphrase|pwd|secret(?!ar)|credential|(api|private|access|secret|signing|encryption|account|master|shared|auth)key|authorization|cookie/

/** Keys with these words name a property of a secret, which is not secret: `TOKEN_LIFETIME`, `maxTokens`, `password.minLength`. */
const ABOUT_FIRST = /^(max|min|num|number|count|require|requires|allow|use|has|is)$/
const ABOUT_LAST =
  /^(ttl|timeout|lifetime|expiry|expires|interval|length|count|limit|size|max|min|file|path|dir|name|header|type|algorithm|policy|bucket)$/

/** `scheme://user:password@host`, up to the last `@` of the URL: a password may contain `@`. */
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

/** Whether the value of a key is a secret. */
export function isSecretKey(key: string): boolean {
  const words = wordsOf(key)
  return !isAbout(words) && (SECRET.test(words.join('')) || words.at(-1) === 'pass')
}

function isAbout(words: readonly string[]): boolean {
  return ABOUT_FIRST.test(words[0] ?? '') || ABOUT_LAST.test(words.at(-1) ?? '')
}

/** Splits a key into words: `DB_PASSWORD`, `db-password` and `dbPassword` become `db` and `password`. */
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
