/** What a command did, as a sentence. */
import type { TriggerResult } from '../../dispatch/admission.js'
import type { AbortResult } from '../../kernel/control.js'
import type { PauseView } from '../../kernel/pause.js'

export function triggerText(id: string, result: TriggerResult): string {
  if (result === 'started') return `a tick of ${id} was added, and its run has started`
  if (result === 'waiting') return `a tick of ${id} was added, and waits for its turn`
  if (result === 'offered') return `a tick of ${id} was added and offered to the queue`
  return `a tick of ${id} was added and skipped: ${result}`
}

export function abortText(id: string, { aborted, left }: AbortResult): string {
  if (aborted + left === 0) return `no run of ${id} is in progress`
  const others = left === 0 ? '' : `; ${runs(left)} not begun, or just ended, and ${left === 1 ? 'stays' : 'stay'}`
  return `${aborted} ${aborted === 1 ? 'run' : 'runs'} of ${id} ${aborted === 1 ? 'was' : 'were'} aborted${others}`
}

const runs = (count: number) => (count === 1 ? '1 run has' : `${count} runs have`)

const REACH = {
  deployment: 'in all instances, also after a restart',
  instance: 'in this instance, also after a restart',
  process: 'until this process ends',
} as const

export function pauseText(id: string, pauses: readonly PauseView[]): string {
  const [pause] = pauses
  return `${id} is paused${pause ? ` by ${pause.by}, ${REACH[pause.kept]}` : ''}`
}

export function resumeText(id: string, ended: readonly PauseView[]): string {
  return ended.length === 0 ? `${id} was not paused` : `${id} ticks again`
}
