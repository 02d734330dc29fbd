/** Answers whatever goes wrong with an {@link ApiError}, at each place where fastify and Node find it. */
import { type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ApiFailure } from './api-failure.js'
import { BODY_LIMIT, HEAD_WITHIN_MS, REQUEST_WITHIN_MS } from './limits.js'

/** Told of errors that no request should be able to cause. */
export type OnBug = (error: unknown) => void

/** Call it before routes are added: the answer to an unknown path lists only those added later. */
export function answerFailures(app: FastifyInstance, onBug: OnBug): void {
  app.setErrorHandler((error, _request, reply) => {
    send(reply, failureOf(error, onBug))
  })
  const routes: string[] = []
  app.addHook('onRoute', ({ method, url, schema }) => {
    if (method !== 'HEAD' && !(schema as { hide?: boolean } | undefined)?.hide) routes.push(`${method} ${url}`)
  })
  app.setNotFoundHandler((request, reply) => {
    send(reply, noRoute(request, routes))
  })
}

/** For paths that cannot be decoded: fastify has no route for them, so it runs no hooks. */
export function answerBadPath(_error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  send(
    reply,
    new ApiFailure(400, 'ERR_REQUEST', 'the path cannot be decoded', 'Encode it as encodeURIComponent() does.'),
  )
}

/** For what is not HTTP, or comes too slowly: there is no request, only a connection. */
export function answerBadConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  const response = (socket as Socket & { readonly _httpMessage?: ServerResponse | null })._httpMessage
  // In the middle of an answer nothing else can be said.
  if (socket.writable && !socket.destroyed && error.code !== 'ECONNRESET' && !response?.headersSent) {
    const { statusCode, body } = connectionFailure(error.code)
    const text = JSON.stringify(body)
    socket.write(
      `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode]}\r\ncontent-type: application/json; charset=utf-8\r\n` +
        `content-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
    )
  }
  socket.destroy(error)
}

function connectionFailure(code: string | undefined): ApiFailure {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ApiFailure(
        408,
        'ERR_REQUEST',
        'the request came too slowly',
        `Send the head within ${HEAD_WITHIN_MS} ms, and the whole within ${REQUEST_WITHIN_MS} ms.`,
      )
    case 'HPE_HEADER_OVERFLOW':
      return new ApiFailure(431, 'ERR_REQUEST', 'the headers are too long', 'Send less than 16 KB of headers.')
    default:
      return new ApiFailure(400, 'ERR_REQUEST', 'this is not a request in HTTP/1.1')
  }
}

function send(reply: FastifyReply, failure: ApiFailure): void {
  void reply.code(failure.statusCode).type('application/json; charset=utf-8').send(JSON.stringify(failure.body))
}

const CONTROL_PATH = /^\/api\/entrypoints\/[^/]+\/(trigger|pause|resume|abort)$/
const NO_CONTROL = 'This server has no routes for control: set escapement.http.token and start it again.'

function noRoute({ method, url }: FastifyRequest, routes: readonly string[]): ApiFailure {
  // What follows the path may hold what nobody else should see.
  const path = url.split(/[?#]/, 1)[0]!.slice(0, 200)
  const advice = CONTROL_PATH.test(path) && method === 'POST' ? NO_CONTROL : `There are ${routes.join(', ')}.`
  return new ApiFailure(404, 'ERR_NO_ROUTE', `there is no ${method} ${path}`, advice)
}

function failureOf(error: unknown, onBug: OnBug): ApiFailure {
  if (error instanceof ApiFailure) return error
  const { statusCode = 500, code, message, validation, validationContext = '' } = error as Partial<FastifyError>
  if (statusCode >= 500) {
    onBug(error)
    return new ApiFailure(500, 'ERR_INTERNAL', 'the request could not be answered', 'The log says why.')
  }
  if (validation) {
    const { instancePath, message: problem = '', params } = validation[0]!
    const where = [`the ${validationContext}`, ...instancePath.split('/').slice(1)].join(', ')
    const key = params.additionalProperty
    const extra = typeof key === 'string' ? ` (${key.slice(0, 50)})` : ''
    return new ApiFailure(statusCode, 'ERR_REQUEST', `${where}: ${problem}${extra}`, 'See /openapi.json.')
  }
  return new ApiFailure(statusCode, 'ERR_REQUEST', BODY_PROBLEMS[code ?? ''] ?? String(message))
}

const BODY_PROBLEMS: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: `the body is longer than ${BODY_LIMIT} bytes`,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'the body must be JSON, with the header "content-type: application/json"',
  FST_ERR_CTP_INVALID_JSON_BODY: 'the body is not JSON',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'the body is empty and has the type JSON: send {}, or no body without a type',
}
