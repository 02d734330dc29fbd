/** What the history should know, in the simplest way: everything is remembered, and cut to what is kept when it is asked for. */

import { normalised } from '../../../src/admin/history/equal-errors.js'
import type { EndedTick, HistoryTick } from '../../../src/admin/history/history-store.js'

const KEPT = 200
const KEPT_PROBLEMS = 20
const KEPT_LINES = 50

interface Noted {
  error?: string
  lines: string[]
}

export class HistoryModel {
  readonly #ticks: EndedTick[] = []
  readonly #notes = new Map<string, Noted>()
  readonly #kinds = [new Map<string, number>(), new Map<string, number>()]

  append(tick: EndedTick): void {
    this.#ticks.push(tick)
    const error = this.#notes.get(`${tick.entrypoint}:${tick.sequence}`)?.error
    if (isProblem(tick) && error !== undefined) this.#count(tick.entrypoint, error)
  }

  error(entrypoint: number, sequence: number, message: string): void {
    const noted = this.#noted(entrypoint, sequence)
    const tick = this.#ticks.find((tick) => tick.entrypoint === entrypoint && tick.sequence === sequence)
    if (tick && isProblem(tick) && noted.error === undefined) this.#count(entrypoint, message)
    noted.error = message
  }

  line(entrypoint: number, sequence: number, line: string): void {
    this.#noted(entrypoint, sequence).lines.push(line)
  }

  strip(entrypoint: number): EndedTick[] {
    const folded: EndedTick[] = []
    for (const tick of this.#ticks.filter((tick) => tick.entrypoint === entrypoint)) {
      const before = folded.at(-1)
      const isMore =
        before?.end === 'skipped' &&
        tick.end === 'skipped' &&
        before.reason === tick.reason &&
        before.sequence > 0 &&
        before.sequence + tick.count === tick.sequence
      if (isMore)
        folded[folded.length - 1] = { ...tick, count: before.count + tick.count, firstDueAt: before.firstDueAt }
      else folded.push(tick)
    }
    return folded.slice(-KEPT).sort(byDueMoment)
  }

  problems(entrypoint: number): { sequence: number; text: HistoryTick['text'] }[] {
    return this.#ticks
      .filter((tick) => tick.entrypoint === entrypoint && isProblem(tick))
      .slice(-KEPT_PROBLEMS)
      .sort((a, b) => byDueMoment(b, a))
      .map(({ sequence }) => {
        const noted = this.#notes.get(`${entrypoint}:${sequence}`)
        if (!noted) return { sequence, text: undefined }
        const error = noted.error === undefined ? undefined : { name: 'Error', message: noted.error }
        return { sequence, text: { error, lines: noted.lines.slice(-KEPT_LINES) } }
      })
  }

  /** Kinds of errors and how often each has occurred. */
  errors(entrypoint: number): ReadonlyMap<string, number> {
    return this.#kinds[entrypoint]!
  }

  #count(entrypoint: number, message: string): void {
    const kinds = this.#kinds[entrypoint]!
    const kind = normalised(message)
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  }

  #noted(entrypoint: number, sequence: number): Noted {
    const key = `${entrypoint}:${sequence}`
    const noted = this.#notes.get(key) ?? { lines: [] }
    this.#notes.set(key, noted)
    return noted
  }
}

function isProblem(tick: EndedTick): boolean {
  return tick.end === 'run' && tick.outcome !== 'completed' && tick.outcome !== 'declined'
}

function byDueMoment(a: EndedTick, b: EndedTick): number {
  return a.dueAt - b.dueAt || Math.abs(a.sequence) - Math.abs(b.sequence)
}
