/** `escapement status` and `escapement why`: what a running supervisor says of itself, in words. */
import type { Status, Why } from '../../admin/api/schemas.js'
import { EXIT } from '../exit-codes.js'
import { connectTo, type OnlineFlags } from './connect.js'
import { counted, plainText, roughSpan } from './words.js'

export async function status(flags: OnlineFlags): Promise<number> {
  const client = await connectTo(flags)
  const answer = await client.status()
  process.stdout.write(`${flags.json ? JSON.stringify(answer, null, 2) : statusText(answer)}\n`)
  return EXIT.clean
}

export async function why(id: string, flags: OnlineFlags): Promise<number> {
  const client = await connectTo(flags)
  const answer = await client.why(id)
  process.stdout.write(`${flags.json ? JSON.stringify(answer, null, 2) : whyText(answer)}\n`)
  return EXIT.clean
}

export function whyText({ sentences }: Why): string {
  return sentences.map(plainText).join('\n')
}

/** The verdict first, then its problems, then the facts. */
export function statusText({ verdict, totals, instance, host, pid, version, node, at, startedAt }: Status): string {
  const { services, entrypoints, due, skipped, runs, failed, active, pending } = totals
  // The verdict begins with the worst problem.
  const others = verdict.level === 'ok' ? verdict.problems : verdict.problems.slice(1)
  return [
    `${verdict.level}: ${plainText(verdict.text)}`,
    ...others.map(({ level, text, since }) => {
      const span = since === undefined ? '' : `, for ${roughSpan(at - since)}`
      return `  ${level}${span}: ${plainText(text)}`
    }),
    `${counted(services, 'service')}, ${counted(entrypoints, 'entrypoint')}; ${counted(due, 'tick')} due, ${skipped} skipped, ${counted(runs, 'run')} ended, ${failed} of them not well, ${active} in progress${pending > 0 ? `, ${pending} waiting` : ''}`,
    ...queueLine(totals),
    `instance ${instance} on ${host}, process ${pid}, up ${roughSpan(at - startedAt)}, escapement ${version}, Node.js ${node}`,
  ].join('\n')
}

/** With scope `queue`: what makes the ledger close. Empty when nothing went to the queue or came from it. */
function queueLine({ handedOver, taken, returned }: Status['totals']): readonly string[] {
  if (handedOver + taken === 0) return []
  return [
    `queue: ${counted(handedOver, 'tick')} handed over, ${counted(taken, 'ticket')} taken, ${returned} of them returned`,
  ]
}
