/** What an instance's log tells of its leases, for the message of a test that has waited for a leader in vain. */
import { groupBy } from './group-by.js'
import type { LogLine } from './log-lines.js'

/** The last lines about leases and clocks, equal ones counted instead of repeated, and the skipped ticks by reason. */
export function leaseLines(instance: string, lines: readonly LogLine[], most = 12): string {
  const told: { text: string; count: number }[] = []
  for (const line of lines) {
    if (line.lease === undefined && line.msg !== 'clock jumped') continue
    const text = textOf(line)
    const last = told.at(-1)
    if (last?.text === text) last.count += 1
    else told.push({ text, count: 1 })
  }
  const skipped = groupBy(
    lines.filter(({ msg }) => msg === 'tick skipped'),
    ({ reason }) => reason ?? '',
  )
  return [
    `${instance}:`,
    ...told.slice(-most).map(({ text, count }) => `  ${text}${count > 1 ? ` (${count} times)` : ''}`),
    ...[...skipped].map(
      ([reason, ticks]) => `  skipped, ${reason}: ${ticks.reduce((sum, { count = 1 }) => sum + count, 0)}`,
    ),
  ].join('\n')
}

function textOf({ msg, lease, epoch, cause, direction, err }: LogLine): string {
  const error = (err as { message?: string } | undefined)?.message
  return [msg, lease, epoch, cause, direction, error].filter((part) => part !== undefined).join(' ')
}
