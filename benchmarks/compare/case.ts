/** Measures the contenders of one case in turns, and sums up what each has and how the first compares with the others. */
import { type Ratio, ratioOf } from '../ratio.js'
import type { Statistic } from '../statistics.js'
import { type Block, takeTurns } from '../turns.js'
import type { Absence, CaseResult, ContenderResult, Metric } from './results.js'

export interface MeasuredMetric extends Metric {
  /** A block has the samples under this key. */
  readonly key: string
  readonly statistic: Statistic
}

export interface Contender {
  readonly name: string
  readonly isOurs: boolean
  readonly note?: string
  /** One block. */
  readonly measure: () => Promise<Block>
}

export interface Case {
  readonly group: string
  readonly n?: number
  readonly metrics: readonly MeasuredMetric[]
  /** The others are compared with the first one. */
  readonly contenders: readonly Contender[]
  /** Contenders that cannot do it. */
  readonly cannot?: readonly Omit<Absence, 'case'>[]
  /** How long one block of one contender takes, with start and end. */
  readonly secondsPerBlock: number
}

export interface MeasuredCase {
  readonly result: CaseResult
  readonly absent: readonly Absence[]
}

/** A block that fails is measured once more. A contender that then fails again is left out, and the reason is in the result. */
export async function measureCase(given: Case, blocks: number): Promise<MeasuredCase> {
  const failures = new Map<string, string>()
  const turns = given.contenders.map(({ name, measure }): [string, () => Promise<Block>] => [
    name,
    async () => {
      if (failures.has(name)) return {}
      try {
        return await measure().catch(measure)
      } catch (error) {
        failures.set(name, reasonOf(error))
        process.stderr.write(`compare: ${name} ${reasonOf(error)}\n`)
        return {}
      }
    },
  ])
  const measured = await takeTurns(Object.fromEntries(turns), blocks)
  const complete = given.contenders.filter(({ name }) => !failures.has(name))
  const title = given.n === undefined ? given.group : `${given.group}, n = ${given.n}`
  const failed = [...failures].map(([contender, reason]) => ({ contender, reason }))
  return {
    result: sumUp(given, complete, measured),
    absent: [...(given.cannot ?? []), ...failed].map((absence) => ({ case: title, ...absence })),
  }
}

export function sumUp(
  given: Pick<Case, 'group' | 'n' | 'metrics' | 'contenders'>,
  complete: readonly Contender[],
  measured: Readonly<Record<string, readonly Block[]>>,
): CaseResult {
  // Where the first contender has failed, nothing is compared.
  const reference = complete.find((contender) => contender === given.contenders[0])
  return {
    group: given.group,
    ...(given.n !== undefined && { n: given.n }),
    metrics: given.metrics.map(({ name, unit, better, isCompared, isDrawn }) => {
      return { name, unit, better, isCompared, isDrawn }
    }),
    contenders: complete.map((contender): ContenderResult => {
      const blocks = measured[contender.name]!
      const own = given.metrics.filter(({ key }) => blocks.some((block) => (block[key] ?? []).length > 0))
      const compared = reference && reference !== contender ? own.filter(({ isCompared }) => isCompared) : []
      return {
        name: contender.name,
        isOurs: contender.isOurs,
        ...(contender.note && { note: contender.note }),
        blocks: blocks.length,
        samples: blocks.reduce((sum, block) => sum + (block[own[0]?.key ?? ''] ?? []).length, 0),
        values: Object.fromEntries(
          own.flatMap(({ name, key, statistic }) => {
            const value = statistic.of(samplesOf(blocks, key).flat())
            return Number.isFinite(value) ? [[name, value]] : []
          }),
        ),
        ratios: Object.fromEntries(
          compared.flatMap(({ name, key, statistic }) => {
            const ratio = ratioOf(samplesOf(measured[reference!.name]!, key), samplesOf(blocks, key), statistic)
            return isRatio(ratio) ? [[name, ratio]] : []
          }),
        ),
      }
    }),
  }
}

function samplesOf(blocks: readonly Block[], key: string): (readonly number[])[] {
  return blocks.map((block) => block[key] ?? [])
}

/** A ratio to something that is 0 is none. */
function isRatio({ ratio, low, high }: Ratio): boolean {
  return [ratio, low, high].every(Number.isFinite)
}

/** One line that tells nothing of this machine: without paths. It begins with `failed`. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^Command failed|^\s+at /.test(line))
  const line = lines.find((each) => /Error\b/.test(each)) ?? lines[0] ?? 'without a message'
  return `failed: ${line.replace(/(?:file:\/\/)?(?:\/[\w.@+-]+){2,}/g, '(path)').slice(0, 200)}`
}
