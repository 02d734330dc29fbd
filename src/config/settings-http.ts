/** The section `escapement.http`: where metrics, health, API and dashboard are served, and who may use them. */
import { wholeNumber } from '../define/options/schema.js'
import { z } from '../define/options/zod.js'
import { isLoopback } from '../kernel/loopback.js'
import { show } from '../kernel/suggest.js'
import { section } from './settings-values.js'

const TOKEN_FORM =
  'must have at least 16 characters: letters, digits, "-", ".", "_", "~", "+", "/", and "=" only at its end'
const NOT_TEXT = 'must be text; in YAML a number needs quotes to be text'

/** Errors never repeat what was given: it may be a secret. */
const controlToken = z.codec(
  z
    .string(NOT_TEXT)
    .regex(/^([A-Za-z0-9._~+/-]{16,}=*)?$/, TOKEN_FORM)
    .nullish(),
  z.string().optional(),
  { decode: (given) => given || undefined, encode: (token) => token },
)

/** Unlike the other token it must not be empty by mistake: then everybody could read. */
const readToken = z
  .string({ error: ({ input }) => (input === null ? `is empty: is its variable set? ${TOKEN_FORM}` : NOT_TEXT) })
  .regex(/^[A-Za-z0-9._~+/-]{16,}=*$/, TOKEN_FORM)
  .optional()

const hostName = z.string('must be text').regex(/^[a-zA-Z0-9_]([a-zA-Z0-9_.-]*[a-zA-Z0-9_])?$/, {
  error: ({ input }) => `must be the name of a host without scheme and port, got ${show(input)}`,
})

const written = section({
  host: z
    .string('must be text')
    .min(1, 'must not be empty')
    .default('127.0.0.1')
    .describe('Address to listen on; `0.0.0.0` for all addresses of the machine. Default: `127.0.0.1`.'),
  port: wholeNumber(0, 65_535).default(9464).describe('Port to listen on; 0 chooses a free port. Default: 9464.'),
  token: controlToken.describe(
    'Whoever sends it as bearer token may trigger, pause, resume and abort. At least 16 characters. Default: none, nobody may.',
  ),
  readToken: readToken.describe(
    'Everything but `/healthz` and `/readyz` needs it (or `token`) as bearer token, also `/metrics`. At least 16 characters, and not those of `token`. Default: none, everybody who reaches the address may read.',
  ),
  allowedHosts: z
    .array(hostName, { error: ({ input }) => `must be a list of names of hosts, got ${show(input)}` })
    .default([])
    .describe(
      'Names by which the server may be called, for example behind a proxy. On a loopback address, or when this is given, a request that calls it by another name is refused, except `localhost` and addresses. Default: none.',
    ),
})

export const http = z
  .union([z.literal(false), written], {
    error: ({ input }) => `must be false or a section with host and port, got ${show(input)}`,
  })
  .check(({ value, issues }) => {
    if (value === false || value.readToken === undefined || value.readToken !== value.token) return
    issues.push({
      code: 'custom',
      message: 'must differ from token: who may read could control',
      path: ['readToken'],
      input: undefined,
    })
  })

/** A sentence to log when other machines can read without a token. */
export function exposureWarning({
  host,
  readToken,
}: {
  readonly host: string
  readonly readToken?: string | undefined
}): string | undefined {
  if (isLoopback(host) || readToken !== undefined) return undefined
  return `every machine that reaches ${host} may read metrics, errors and log lines of jobs over HTTP: set escapement.http.readToken, or listen on 127.0.0.1`
}
