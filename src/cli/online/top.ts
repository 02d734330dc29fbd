/** `escapement top`: the entrypoints of a running supervisor, worst first; in a terminal again and again until ctrl-c. */
import type { Entrypoint, Entrypoints, Status } from '../../admin/api/schemas.js'
import type { ApiClient } from '../../admin/client/api-client.js'
import { systemClock } from '../../kernel/clock.js'
import { EXIT } from '../exit-codes.js'
import { formatTable } from '../table.js'
import { connectTo, type OnlineFlags } from './connect.js'
import { statusText } from './status.js'
import { exactSpan, plainText, roughSpan } from './words.js'

const REDRAW_EVERY = 1_000_000
const OTHER_SCREEN = '\u001b[?1049h\u001b[?25l'
const OWN_SCREEN = '\u001b[?25h\u001b[?1049l'
const TOP_LEFT = '\u001b[H'
const CLEAR_LINE = '\u001b[K'
const CLEAR_BELOW = '\u001b[J'

export async function top(flags: OnlineFlags): Promise<number> {
  const client = await connectTo(flags)
  const first = await look(client)
  const { stdout } = process
  if (flags.json) stdout.write(`${JSON.stringify(first, null, 2)}\n`)
  else if (stdout.isTTY) await redraw(client, first, stdout)
  else stdout.write(`${topText(first)}\n`)
  return EXIT.clean
}

interface Seen {
  readonly status: Status
  readonly entrypoints: Entrypoints
}

async function look(client: ApiClient): Promise<Seen> {
  const [status, entrypoints] = await Promise.all([client.status(), client.entrypoints()])
  return { status, entrypoints }
}

async function redraw(client: ApiClient, first: Seen, screen: NodeJS.WriteStream): Promise<void> {
  const end = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end.abort())
  const clock = systemClock()
  screen.write(OTHER_SCREEN)
  try {
    for (let seen = first; !end.signal.aborted; seen = await look(client)) {
      const lines = topText(seen)
        .split('\n')
        .slice(0, screen.rows - 1)
      const drawn = lines.map((line) => `${line.slice(0, screen.columns)}${CLEAR_LINE}`).join('\r\n')
      screen.write(`${TOP_LEFT}${drawn}${CLEAR_BELOW}`)
      await clock.sleep(REDRAW_EVERY, end.signal).catch(() => {})
    }
  } finally {
    screen.write(OWN_SCREEN)
  }
}

const HEAD = [
  'STATUS',
  'ENTRYPOINT',
  'SCHEDULE',
  'NEXT',
  'SUCCESS',
  'DUE',
  'SKIPPED',
  'FAILED',
  'ACTIVE',
  'LATE P99',
  'TOOK P99',
  'WHAT',
]

export function topText({ status, entrypoints: { at, entrypoints } }: Seen): string {
  return `${statusText(status)}\n\n${formatTable(
    HEAD,
    entrypoints.map((entrypoint) => cellsOf(entrypoint, at)),
  )}`
}

function cellsOf(
  { id, schedule, status, nextDueAt, lastSuccessAt, ledger, lateness, duration, active }: Entrypoint,
  at: number,
): string[] {
  const { completed = 0, declined = 0, ...bad } = ledger.runs
  return [
    status.level,
    id,
    plainText(schedule),
    nextDueAt === undefined ? '-' : `in ${roughSpan(nextDueAt - at)}`,
    lastSuccessAt === undefined ? 'never' : `${roughSpan(at - lastSuccessAt)} ago`,
    String(ledger.due),
    String(sum(ledger.skipped)),
    String(sum(bad)),
    String(active),
    exactSpan(lateness?.p99Ms),
    exactSpan(duration?.p99Ms),
    plainText(status.text),
  ]
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}
