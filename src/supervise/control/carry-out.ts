/** Carries out what somebody asks over HTTP. */
import type { TriggerResult } from '../../dispatch/admission.js'
import type { AbortResult, ControlCommand, ControlResult } from '../../kernel/control.js'
import { EscapementError } from '../../kernel/errors.js'
import type { PauseOptions, PauseView } from '../../kernel/pause.js'
import { abortText, pauseText, resumeText, triggerText } from './command-texts.js'

/** Of an engine, what can be controlled. */
export interface Controlled {
  trigger(id: string, options: PauseOptions): TriggerResult
  pause(id: string, options: PauseOptions): readonly PauseView[]
  resume(id: string, options: PauseOptions): readonly PauseView[]
  abort(id: string, options: PauseOptions): AbortResult
}

/** What cannot be done (there is no such timer, the engine does not run) is a result. */
export function carryOut(engine: Controlled, command: ControlCommand): ControlResult {
  try {
    return { isDone: true, text: perform(engine, command) }
  } catch (error) {
    if (!(error instanceof EscapementError)) throw error
    return { isDone: false, code: error.code, text: error.message }
  }
}

function perform(engine: Controlled, { action, entrypoint: id, by, reason }: ControlCommand): string {
  const actor: PauseOptions = { by, ...(reason !== undefined && { reason }) }
  switch (action) {
    case 'trigger':
      return triggerText(id, engine.trigger(id, actor))
    case 'pause':
      return pauseText(id, engine.pause(id, actor))
    case 'resume':
      return resumeText(id, engine.resume(id, actor))
    case 'abort':
      return abortText(id, engine.abort(id, actor))
  }
}
