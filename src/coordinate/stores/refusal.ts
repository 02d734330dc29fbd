/** Tells errors that mean "certainly not carried out" from those that leave it unknown. */

/** Of our own errors, and of connections that were never opened. */
const REFUSED = [
  ...['ERR_STORE_UNFIT', 'ERR_STORE_TABLES', 'ERR_STORE_RIGHTS'],
  ...['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'],
]

/** Replies of Redis that come before a script begins. */
const REDIS_REFUSALS =
  /^(LOADING|READONLY|OOM|NOAUTH|WRONGPASS|MASTERDOWN|MISCONF|CLUSTERDOWN|MOVED|NOREPLICAS|BUSY|NOSCRIPT)\b/

export function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, status, severity, cause } = error as Error & { code?: unknown; status?: unknown; severity?: unknown }
  if (REFUSED.includes(String(code))) return true
  if (code === 'ERR_STORE_REFUSED') return typeof status === 'number' && status < 500
  if (error.name === 'ReplyError') return REDIS_REFUSALS.test(error.message)
  // Postgres undoes a statement that ends in an error of this severity.
  if (severity === 'ERROR') return true
  return cause instanceof Error && cause !== error && isRefusal(cause)
}
