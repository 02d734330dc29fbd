/**
 * Reads a timing diagram of docs/semantics.md, plays its scenario on the real scheduler and dispatcher, and draws the result in
 * the same form. A diagram is right when it equals the drawing. docs/semantics.md says how to read and write one.
 */
import type { TimerDefinition } from '../../src/kernel/definitions.js'
import type { MissedPolicy, Outcome, Overlap } from '../../src/kernel/vocabulary.js'
import { type Plan, Simulation } from '../support/simulation.js'
import { timerDefinition } from '../support/timer.js'

export interface Diagram {
  readonly name: string
  /** The lines between the code fences. */
  readonly text: string
}

const MILLI = 1_000
const WALL = Date.UTC(2026, 0, 5)
/** The column in which rows begin, after their label. */
const INDENT = 9
const END: Record<Outcome, string> = {
  completed: ']',
  failed: 'x',
  timed_out: 't',
  aborted: 'a',
  crashed: 'c',
  declined: 'd',
}
/** The actions on the simulation, each with its mark in a diagram. */
const INPUTS = { stall: '~', suspend: '~', pause: 'p', thread: '.', trigger: 'h', stop: 's' } as const
const OUTPUTS = ['due', 'runs', 'skipped'] as const
const KEYS = [
  'character',
  'interval',
  'eager',
  'overlap',
  'concurrency',
  'missed',
  'startDeadline',
  'timeout',
  'abortGrace',
  'attempts',
  'backoff',
  'failures',
  'reset',
  'drain',
  'takes',
]

export function diagramsIn(markdown: string): Diagram[] {
  return [...markdown.matchAll(/^```timing (.+)\n([\s\S]*?)\n```$/gm)].map(([, name, text]) => ({
    name: name!,
    text: text!,
  }))
}

/** The options of a block, without its rows. */
export function settingsOf({ text }: Diagram): Map<string, string> {
  const settings = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, key, value] = /^(\w+): +(.*)$/.exec(line) ?? []
    if (key === undefined || key in INPUTS || OUTPUTS.some((output) => output === key)) continue
    if (!KEYS.includes(key) || settings.has(key)) throw new Error(`unknown or repeated: ${line}`)
    settings.set(key, value!)
  }
  return settings
}

/** The correct drawing of a block. */
export async function redraw(diagram: Diagram): Promise<string> {
  const lines = diagram.text.split('\n')
  const row = (label: string) => lines.find((line) => line.startsWith(`${label}:`))?.slice(INDENT) ?? ''
  const settings = settingsOf(diagram)
  const span = (key: string, otherwise: string) => parseSpan(settings.get(key) ?? otherwise)
  const cell = span('character', '20ms')
  const interval = span('interval', '100ms')
  const width = row('due').length
  if (width === 0) throw new Error('a diagram needs a row "due"')

  const plans = (settings.get('takes') ?? '60ms').split(', ').map(parsePlan)
  const simulation = new Simulation([definitionOf(settings, interval)], planned, { wall: WALL })
  const { clock, admission, stopper, scheduler } = simulation
  const lane = simulation.lanes[0]!
  const timer = simulation.timers[0]!
  const told = new Map<number, number>()
  simulation.events.on('run.aborting', () => told.set(simulation.runs.length - 1, simulation.elapsed * MILLI))
  const byHand = new Set<number>()
  const outcomes = new Map<(typeof simulation.runs)[number], Outcome>()
  const skipped: string[] = []
  let isByHand = false
  simulation.events.on('run.ended', ({ outcome }) => {
    const open = simulation.runs.filter((run) => run.end !== undefined && !outcomes.has(run))
    const ended = open.find(({ end }) => end === simulation.elapsed) ?? open.at(-1)
    if (ended) outcomes.set(ended, outcome)
  })
  simulation.events.on('tick.skipped', ({ sequence, count, reason }) => {
    for (let last = count - 1; last >= 0; last--) skipped.push(`${isByHand ? 'h' : sequence - last} ${reason}`)
  })
  // The simulated executor charges no run with a crash. Here this entrypoint is charged.
  if (plans.some(({ crashes }) => crashes)) lane.circuit.probeInconclusive = (now) => lane.circuit.crashed(now)

  function planned(run: number): Plan {
    const plan = plans[Math.min(run, plans.length - 1)]!
    if (!plan.crashes) return plan
    clock.after(plan.takes * MILLI, () => [...lane.runs][0]?.handle?.kill())
    return { takes: Number.POSITIVE_INFINITY }
  }

  scheduler.start()
  await simulation.advance(0)
  for (let column = 0; column < width; column++) {
    const marks = (input: keyof typeof INPUTS, at = column) => row(input)[at] === INPUTS[input]
    timer.isPaused = marks('pause')
    const wasDown = simulation.threads === 'down'
    simulation.threads = marks('thread') ? 'down' : 'idle'
    if (wasDown && simulation.threads === 'idle') admission.startWaiting(lane)
    if (marks('suspend')) clock.suspend(cell)
    if (marks('trigger')) {
      byHand.add(simulation.elapsed)
      isByHand = true
      admission.trigger(timer)
      isByHand = false
    }
    if (marks('stop')) {
      scheduler.stop()
      void stopper.stop()
      clock.after(span('drain', '10s'), () => stopper.abortAll('stopping'))
    }
    if (marks('stall')) {
      let length = 1
      while (marks('stall', column + length)) length++
      await clock.stall(cell * length)
      column += length - 1
    } else {
      await simulation.advance(cell / MILLI)
    }
  }
  if (simulation.imbalance !== 0) throw new Error('the ledgers do not balance')

  const nameOf = (due: number) => (byHand.has(due) ? 'h' : String((due * MILLI) / interval))
  const columnOf = (at: number) => {
    if (!Number.isInteger(at / cell)) throw new Error(`${at / MILLI} ms lies between two characters`)
    return at / cell
  }
  const bars = simulation.runs
    .map((run, index) => {
      const from = columnOf(run.start * MILLI)
      const to = run.end === undefined ? width : Math.min(width, columnOf(run.end * MILLI))
      const next = simulation.runs.findIndex((other, at) => at > index && other.due === run.due)
      const last = run.end === undefined ? '>' : END[(next < 0 && outcomes.get(run)) || 'failed']
      if (from === width) return { from, text: '' }
      if (to - from < 3) throw new Error(`run ${nameOf(run.due)} is shorter than three characters`)
      const text = `[${nameOf(run.due)}${'='.repeat(to - from - 3)}${last}`.split('')
      const abort = told.get(index)
      if (abort !== undefined && columnOf(abort) < to - 1) text[columnOf(abort) - from] = '!'
      const pause = next > 0 ? columnOf(simulation.runs[next]!.start * MILLI) - to : 0
      return { from, text: text.join('') + '.'.repeat(pause) }
    })
    .filter(({ text }) => text !== '')
  const rows: string[] = []
  for (const { from, text } of bars) {
    const free = rows.findIndex((row) => row.length <= from)
    const at = free < 0 ? rows.length : free
    rows[at] = (rows[at] ?? '').padEnd(from) + text
  }
  const due = Array.from({ length: width }, (_, column) => {
    const sequence = (column * cell) / interval
    if (sequence === 0) return settings.has('eager') ? '0' : '|'
    return Number.isInteger(sequence) ? String(sequence) : '-'
  }).join('')
  const drawn: Record<(typeof OUTPUTS)[number], string[]> = {
    due: [due],
    runs: rows,
    skipped: [skipped.join(', ') || 'none'],
  }
  const draw = (label: (typeof OUTPUTS)[number]) =>
    drawn[label].map((row, index) => `${index === 0 ? `${label}:` : ''}`.padEnd(INDENT) + row)
  const given = (isWanted: (key: string) => boolean) => lines.filter((line) => isWanted(/^\w+/.exec(line)?.[0] ?? ''))
  return [
    ...given((key) => KEYS.includes(key)),
    ...draw('due'),
    ...given((key) => key in INPUTS),
    ...draw('runs'),
    ...draw('skipped'),
  ].join('\n')
}

function definitionOf(settings: Map<string, string>, interval: number): TimerDefinition {
  const span = (key: string) => {
    const text = settings.get(key)
    return text === undefined ? undefined : parseSpan(text)
  }
  const [overlap, missed] = [settings.get('overlap') ?? 'skip', settings.get('missed') ?? 'skip']
  const [timeout, startDeadline, reset] = [span('timeout'), span('startDeadline'), span('reset')]
  return timerDefinition({
    schedule: { kind: 'interval', interval, align: false },
    eager: settings.has('eager'),
    overlap: overlap as Overlap,
    concurrency: Number(settings.get('concurrency') ?? 1),
    missed: missed as MissedPolicy,
    abortGrace: span('abortGrace') ?? 1_000_000,
    retry: {
      attempts: Number(settings.get('attempts') ?? 1),
      backoff: { initial: span('backoff') ?? 1_000_000, factor: 2, max: 60_000_000, jitter: 0 },
    },
    ...(timeout !== undefined && { timeout }),
    ...(startDeadline !== undefined && { startDeadline }),
    ...(reset !== undefined && {
      breaker: { failures: Number(settings.get('failures') ?? 5), reset, factor: 2, max: 600_000_000 },
    }),
  })
}

/** `60ms`, `60ms fails`, `60ms crashes`, `endless`, `endless stops 40ms`. */
function parsePlan(text: string): Plan & { readonly crashes?: boolean } {
  const [takes, how, after] = text.split(' ')
  return {
    takes: takes === 'endless' ? Number.POSITIVE_INFINITY : parseSpan(takes!) / MILLI,
    ...(how === 'fails' && { fails: true }),
    ...(how === 'crashes' && { crashes: true }),
    ...(how === 'stops' && { stopsIn: parseSpan(after!) / MILLI }),
  }
}

function parseSpan(text: string): number {
  const [, number, unit] = /^(\d+)(ms|s)$/.exec(text) ?? []
  if (unit === undefined) throw new Error(`not a duration: ${text}`)
  return Number(number) * (unit === 'ms' ? MILLI : 1_000_000)
}
