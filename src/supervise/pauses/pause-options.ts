/** Checks who pauses or resumes a timer, and why. */
import { hostname } from 'node:os'
import { UsageError } from '../../kernel/errors.js'
import { refuseUnknownKeys } from '../../kernel/known-keys.js'
import type { PauseOptions } from '../../kernel/pause.js'
import { show } from '../../kernel/suggest.js'

const MOST_CHARACTERS = { by: 100, reason: 500 } as const

/** Who asked, and why. */
export interface Actor {
  readonly by: string
  readonly reason?: string
}

/**
 * @param call for the message: `supervisor.pause()`.
 * @throws UsageError (`ERR_OPTIONS`, `ERR_UNKNOWN_OPTION`) for anything but {@link PauseOptions}.
 */
export function actorOf(options: PauseOptions, call: string): Actor {
  refuseUnknownKeys(options, ['by', 'reason'] satisfies (keyof PauseOptions)[], call)
  const by = textOf(options.by, 'by', 1, call) ?? `${hostname()} (process ${process.pid})`
  const reason = textOf(options.reason, 'reason', 0, call)
  return { by, ...(reason && { reason }) }
}

function textOf(given: unknown, name: keyof PauseOptions, least: number, call: string): string | undefined {
  if (given === undefined) return undefined
  const most = MOST_CHARACTERS[name]
  if (typeof given === 'string' && given.length >= least && given.length <= most) return given
  const found = typeof given === 'string' ? `one of ${given.length} characters` : show(given)
  throw new UsageError('ERR_OPTIONS', `${call}: "${name}" is a text of ${least} to ${most} characters, got ${found}`)
}
