/**
 * Runs as its own process, so that sending costs the schedule of the test's engine nothing: sends more than a thousand malformed and
 * hostile requests to the port in its arguments, and reports what came back.
 */
import { type RawAnswer, rawRequest } from '../../admin/api/raw-request.js'
import { READ_TOKEN, TIMER, TOKEN } from './who.js'

export interface HostileReport {
  readonly answers: number
  /** How many answers had each status; `none` where the connection was closed without one. */
  readonly statuses: Readonly<Record<string, number>>
  /** Answers with a status above 499. */
  readonly failures: readonly string[]
  /** Answers with the contents of a file that is not served. */
  readonly leaks: readonly string[]
}

const REQUESTS = 1_200
const AT_ONCE = 120

const PATHS = [
  '/',
  '/metrics',
  '/healthz',
  '/api/status',
  `/api/entrypoints/${TIMER}`,
  '/api/entrypoints?cells=-1&cells=9&level[]=x&__proto__=1&constructor[prototype]=2',
  '/api/entrypoints/%00%0a%0d',
  '/api/entrypoints/%ff%fe',
  '/api/entrypoints/%E0%A4%A',
  `/api/entrypoints/${'a'.repeat(2_000)}`,
  '/api/entrypoints/__proto__/why',
  '/api/entrypoints/constructor',
  '/api/ticks?since=1e999&limit=NaN&outcome=toString',
  '/api/plan?for=9999999999d',
  `/api/plan?for=${'1h'.repeat(500)}`,
  `/api/entrypoints/${TIMER}/pause`,
  `/api/entrypoints/${TIMER}/abort?token=${TOKEN}`,
  '/../../../../etc/passwd',
  '/assets/../../../package.json',
  '/assets/..%2f..%2f..%2fpackage.json',
  '/assets/%2e%2e/%2e%2e/package.json',
  '/assets/..%5c..%5cpackage.json',
  '/assets/%00',
  '/assets//etc/passwd',
  '//evil.example/%2e%2e',
  'http://evil.example/metrics',
  '*',
  '?',
  '/metrics\u0000',
  '/é',
  `/${'x/'.repeat(3_000)}`,
]
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT', 'PROPFIND', 'get', 'NOSUCH', '']
const HOSTS = ['localhost', 'evil.example', '', 'localhost\r\nHost: evil.example', '[::1', 'a'.repeat(5_000)]
const AUTHORIZATIONS = [
  '',
  `Authorization: Bearer ${READ_TOKEN}\r\n`,
  `Authorization: Bearer ${TOKEN}x\r\n`,
  'Authorization: Bearer \r\n',
  'Authorization: Basic YTpi\r\n',
  `Authorization: bearer${'\t'}${READ_TOKEN}\r\n`,
  `Authorization: Bearer ${'é'.repeat(100)}\r\n`,
  `Authorization: Bearer ${READ_TOKEN}\r\nAuthorization: Bearer ${READ_TOKEN}\r\n`,
]
const BODIES = [
  '\r\n',
  'Content-Length: 5\r\n\r\n{"by"',
  'Content-Type: application/json\r\nContent-Length: 2\r\n\r\n[]',
  'Content-Type: application/json\r\nContent-Length: 30\r\n\r\n{"__proto__":{"polluted":true}}',
  'Content-Type: application/json\r\nContent-Length: 9999999\r\n\r\n{',
  'Content-Type: application/json\r\nContent-Length: -1\r\n\r\n{}',
  'Content-Type: application/json\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
  'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}',
  'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n',
  'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n',
  'Content-Type: application/json; charset=utf-7\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\u001f\u008b\u0008',
  `Content-Type: ${';'.repeat(500)}\r\nContent-Length: 1\r\n\r\nx`,
  'Expect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
  'Expect: everything\r\n\r\n',
  'Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
  'Range: bytes=0-0,-1,5-2\r\nIf-None-Match: "\u0000"\r\n\r\n',
]

/** Not requests at all. */
const NOISE = [
  '\r\n\r\n\r\n',
  'GET / HTTP/9.9\r\n\r\n',
  'GET /\r\n',
  '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  `GET / HTTP/1.1\r\nHost: localhost\r\n${'X-Header: 1\r\n'.repeat(3_000)}\r\n`,
  `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'y'.repeat(40_000)}\r\n\r\n`,
  'GET / HTTP/1.1\r\nHost: localhost\r\n Folded: header\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: localhost\r\nNo colon\r\n\r\n',
  'GET / HTTP/1.1\nHost: localhost\n\n',
  // Many at once on one connection, and one that smuggles another.
  'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(200),
  'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 44\r\n\r\nGET /api/status HTTP/1.1\r\nHost: evil.example\r\n\r\n',
]

/** One of each list in turn. A part of each request is often as it should be, so that the others get past the first guard. */
function* requests(count: number): Generator<string> {
  const pick = (list: readonly string[], turn: number, isUsual: boolean) => list[isUsual ? 0 : turn % list.length]!
  for (let index = 0; index < count; index += 1) {
    const turn = Math.floor(index / 10)
    if (index % 10 === 9) yield pick(NOISE, turn, false)
    else {
      const method = pick(METHODS, turn, index % 2 === 0)
      const path = PATHS[(index * 7) % PATHS.length]!
      const host = pick(HOSTS, turn, index % 5 > 0)
      const authorization = AUTHORIZATIONS[index % 3 === 0 ? turn % AUTHORIZATIONS.length : 1]!
      yield `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${authorization}${pick(BODIES, index, index % 4 < 2)}`
    }
  }
}

const answers: RawAnswer[] = []
const sending = requests(REQUESTS)
const port = Number(process.argv[2])
const send = async () => {
  for (const bytes of sending) answers.push(await rawRequest(port, Buffer.from(bytes, 'latin1'), answers.length))
}
await Promise.all(Array.from({ length: AT_ONCE }, send))

const statuses: Record<string, number> = {}
for (const { statuses: all, status } of answers) {
  for (const one of all.length > 0 ? all : [status ?? 'none']) statuses[one] = (statuses[one] ?? 0) + 1
}
const report: HostileReport = {
  answers: answers.length,
  statuses,
  failures: answers.filter(({ statuses: all }) => all.some((status) => status >= 500)).map(({ text }) => text),
  leaks: answers.map(({ text }) => text).filter((text) => /root:|"devDependencies"/.test(text)),
}
process.send!(report, () => process.exit())
