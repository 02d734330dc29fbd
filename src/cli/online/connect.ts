/** Finds the supervisor that a command talks to, and the token for it. */
import { ApiClient } from '../../admin/client/api-client.js'
import { splitConfig } from '../../config/settings.js'
import { UsageError } from '../../kernel/errors.js'
import { show } from '../../kernel/suggest.js'
import { readConfig } from '../config.js'

export interface OnlineFlags {
  readonly url?: string
  readonly config?: string
  readonly json?: boolean
}

const DEFAULT_URL = 'http://127.0.0.1:9464'

/** A token is never a flag: every user of the machine can read the flags of every process. */
const TOKEN_VARIABLE = 'ESCAPEMENT_TOKEN'

export async function connectTo(
  { url, config }: OnlineFlags,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<ApiClient> {
  const given = environment[TOKEN_VARIABLE] || undefined
  if (config === undefined) return new ApiClient({ url: checkedUrl(url ?? DEFAULT_URL), token: given })
  const { http } = splitConfig(await readConfig({ config })).settings
  if (http === false) {
    throw new UsageError('ERR_USAGE', `--config ${config}: escapement.http is false, so the supervisor cannot be asked`)
  }
  if (url === undefined && http.port === 0) {
    throw new UsageError('ERR_USAGE', `--config ${config}: escapement.http.port is 0, any free port: give --url too`)
  }
  const token = given ?? http.token ?? http.readToken
  return new ApiClient({ url: checkedUrl(url ?? `http://${reachable(http.host)}:${http.port}`), token })
}

/** A server that listens on all addresses is reached at the loopback address. */
function reachable(host: string): string {
  const name = host.replace(/^\[(.*)\]$/, '$1')
  if (name === '0.0.0.0') return '127.0.0.1'
  if (name === '::') return '[::1]'
  return name.includes(':') ? `[${name}]` : name
}

function checkedUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed && /^https?:$/.test(parsed.protocol) && !parsed.username && !parsed.password) return url
  throw new UsageError(
    'ERR_USAGE',
    `--url ${show(url)}: expected an address such as ${DEFAULT_URL}, without a password (the token comes from ${TOKEN_VARIABLE})`,
  )
}
