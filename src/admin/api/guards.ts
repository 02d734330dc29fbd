/** What requests have to pass: the name they call the server by, a rate for each address, and tokens. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { fastifyBearerAuth } from '@fastify/bearer-auth'
import { fastifyHelmet } from '@fastify/helmet'
import { fastifyRateLimit } from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ApiFailure } from './api-failure.js'
import { isNameAllowed, type NamedServer } from './host-header.js'
import { COUNTED_ADDRESSES, RATE_WINDOW_MS, RATES } from './limits.js'
import type { ApiError } from './schemas.js'

/** Who may use what. */
export interface Tokens {
  /** Needed to control. Undefined: nobody may. */
  readonly token?: string | undefined
  /** Needed to read, unless `token` is sent. Undefined: everybody may read. */
  readonly readToken?: string | undefined
}

const SELF = ["'self'"]
const NONE = ["'none'"]
const CONTENT_SECURITY_POLICY = {
  defaultSrc: SELF,
  objectSrc: NONE,
  baseUri: NONE,
  formAction: SELF,
  frameAncestors: NONE,
}

/** To be called before routes are added. */
export async function addGuards(app: FastifyInstance, server: NamedServer): Promise<void> {
  await app.register(fastifyHelmet, {
    contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY },
    // For pages over TLS only; over plain HTTP a browser warns about them.
    strictTransportSecurity: false,
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
  })
  app.addHook('onSend', async (_request, reply) => {
    if (reply.statusCode === 401) void reply.header('www-authenticate', 'Bearer')
  })
  app.addHook('onRequest', async ({ headers }) => {
    if (!isNameAllowed(headers.host, server)) throw unknownName(headers.host)
  })
  await app.register(fastifyRateLimit, {
    global: false,
    cache: COUNTED_ADDRESSES,
    timeWindow: RATE_WINDOW_MS,
    errorResponseBuilder: (_request, { max, after }) =>
      new ApiFailure(
        429,
        'ERR_RATE_LIMIT',
        `this address has sent more than ${max} requests in a minute`,
        `Try again in ${after}, and ask less often.`,
      ),
  })
}

/** Limits the requests of an address to the routes of a scope. Each kind is counted on its own. */
export function limitRate(scope: FastifyInstance, kind: keyof typeof RATES): void {
  scope.addHook('onRequest', scope.rateLimit({ max: RATES[kind] }))
}

/** Lets only readers use the routes of a scope. Call it after {@link limitRate}, so that wrong tokens count too. */
export async function requireReader(scope: FastifyInstance, { token, readToken }: Tokens): Promise<void> {
  if (readToken === undefined) return
  const keys = [readToken, ...(token === undefined ? [] : [token])]
  await requireToken(scope, keys, {
    error: 'a token is needed to read this',
    code: 'ERR_TOKEN',
    advice: 'Send the header "Authorization: Bearer TOKEN" with escapement.http.readToken or escapement.http.token.',
  })
}

/** Lets only those with the control token use the routes of a scope. */
export async function requireController(scope: FastifyInstance, token: string): Promise<void> {
  await requireToken(scope, [token], {
    error: 'the control token is needed for this',
    code: 'ERR_TOKEN',
    advice:
      'Send the header "Authorization: Bearer TOKEN" with escapement.http.token; escapement.http.readToken only reads.',
  })
}

/** Whether a request carries the control token. */
export function mayControl({ headers }: FastifyRequest, { token }: Tokens): boolean {
  return carries(headers.authorization, token)
}

/** Whether a request may read: for a page that says so itself. */
export function mayRead({ headers }: FastifyRequest, { token, readToken }: Tokens): boolean {
  return readToken === undefined || carries(headers.authorization, readToken) || carries(headers.authorization, token)
}

function carries(authorization: string | undefined, token: string | undefined): boolean {
  const given = /^Bearer +(\S+)$/.exec(authorization ?? '')?.[1]
  return token !== undefined && given !== undefined && timingSafeEqual(digest(given), digest(token))
}

/** Of equal length, as a comparison in constant time needs it. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

async function requireToken(scope: FastifyInstance, keys: readonly string[], refusal: ApiError) {
  await scope.register(fastifyBearerAuth, {
    keys: new Set(keys),
    contentType: 'application/json; charset=utf-8',
    errorResponse: () => refusal,
  })
}

function unknownName(host: string | undefined): ApiFailure {
  const name = JSON.stringify(host?.slice(0, 100))
  return new ApiFailure(
    403,
    'ERR_HOST',
    `this server is not called ${name}`,
    'Use localhost or an address, or add the name to escapement.http.allowedHosts.',
  )
}
