/** Measures one part: all its cases, one after the other, contenders in turns. */
import { machineFacts } from '../report.js'
import { busyCores } from './busy-cores.js'
import { measureCase } from './case.js'
import { versionsOf } from './packages.js'
import type { Part, Size } from './part.js'
import type { PartResult } from './results.js'

/** How long a block is with `--quick`. */
const QUICK_SECONDS = 0.6

/** How long is looked how busy the machine is, before a part. */
const LOOK_MS = { quick: 100, full: 2_000 }

export interface AskedSize {
  readonly quick: boolean
  readonly blocks?: number
  readonly seconds?: number
}

/** The full size of the part, unless less or more is asked for. */
export function sizeOf(part: Part, { quick, blocks, seconds }: AskedSize): Size {
  return {
    isQuick: quick,
    blocks: blocks ?? (quick ? 1 : part.blocks),
    blockSeconds: part.blockSeconds === undefined ? 0 : (seconds ?? (quick ? QUICK_SECONDS : part.blockSeconds)),
  }
}

export async function measurePart(name: string, part: Part, size: Size): Promise<PartResult> {
  const busyAtStart = await busyCores(size.isQuick ? LOOK_MS.quick : LOOK_MS.full)
  const begun = Date.now()
  const { cases, stop } = await part.open(size)
  try {
    const measured = []
    for (const each of cases) {
      process.stderr.write(`compare: ${name}: ${each.group}${each.n === undefined ? '' : `, n = ${each.n}`}\n`)
      measured.push(await measureCase(each, size.blocks))
    }
    const cut = cutOf(part, size)
    return {
      title: part.title,
      description: part.description,
      measuredAt: new Date(begun).toISOString(),
      command: commandOf(name, part, size),
      tookSeconds: Math.round((Date.now() - begun) / 1_000),
      blocks: size.blocks,
      ...(part.blockSeconds !== undefined && { blockSeconds: size.blockSeconds }),
      ...(cut !== undefined && { cut }),
      machine: machineFacts(),
      busyAtStart,
      versions: versionsOf(part.packages),
      cases: measured.map(({ result }) => result),
      absent: measured.flatMap(({ absent }) => absent),
      notMeasured: part.notMeasured,
    }
  } finally {
    await stop?.()
  }
}

/** Why no claim may be made. */
export function cutOf(part: Part, { isQuick, blocks, blockSeconds }: Size): string | undefined {
  const reasons = [
    ...(isQuick ? ['it was measured with `--quick`, for its form only'] : []),
    ...(blocks < part.blocks
      ? [`it has ${blocks} ${blocks === 1 ? 'block' : 'blocks'} for each contender instead of ${part.blocks}`]
      : []),
    ...(part.blockSeconds !== undefined && blockSeconds < part.blockSeconds
      ? [`its blocks are ${blockSeconds} s long instead of ${part.blockSeconds} s`]
      : []),
  ]
  return reasons.length > 0 ? reasons.join('; ') : undefined
}

function commandOf(name: string, part: Part, { isQuick, blocks, blockSeconds }: Size): string {
  const options = [
    ...(isQuick ? ['--quick'] : []),
    ...(!isQuick && blocks !== part.blocks ? [`--blocks ${blocks}`] : []),
    ...(!isQuick && part.blockSeconds !== undefined && blockSeconds !== part.blockSeconds
      ? [`--for ${blockSeconds}`]
      : []),
  ]
  return ['npm run bench -- compare --only', name, ...options].join(' ')
}
