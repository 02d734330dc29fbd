/**
 * Triggers ticks and aborts runs by hand. Each command that is carried out is told as `command.done`. (Pauses have their own file:
 * pauses/pauses.ts.)
 */
import type { TriggerResult } from '../../dispatch/admission.js'
import type { Dispatch } from '../../dispatch/dispatch.js'
import { timersNamed } from '../../dispatch/find-timers.js'
import type { Timer } from '../../dispatch/lane.js'
import type { AbortResult } from '../../kernel/control.js'
import type { CommandDone, Events } from '../../kernel/events.js'
import type { PauseOptions } from '../../kernel/pause.js'
import { actorOf } from '../pauses/pause-options.js'
import { abortText, triggerText } from './command-texts.js'

export interface CommandsOptions extends Pick<Dispatch, 'timers' | 'lanes' | 'ticks' | 'lifecycle'> {
  readonly events: Events
}

export class Commands {
  readonly #options: CommandsOptions

  constructor(options: CommandsOptions) {
    this.#options = options
  }

  /**
   * Adds a tick of the timer, or of the first timer of the method.
   *
   * @throws UsageError when there is none (`ERR_NO_TIMER`), or for anything but {@link PauseOptions} (`ERR_OPTIONS`).
   */
  trigger(id: string, options: PauseOptions = {}): TriggerResult {
    const [timer] = timersNamed(this.#options, id)
    const actor = actorOf(options, 'supervisor.trigger()')
    const result = this.#options.ticks.trigger(timer)
    this.#tell(timer, { action: 'trigger', ...actor, text: triggerText(timer.definition.id, result) })
    return result
  }

  /** Aborts the runs in progress of a timer, or of all timers of a method. @throws as {@link trigger} does. */
  abort(id: string, options: PauseOptions = {}): AbortResult {
    const timers = timersNamed(this.#options, id)
    const actor = actorOf(options, 'supervisor.abort()')
    const [timer] = timers
    const runs = [...timer.lane.runs].filter((run) => timers.includes(run.timer))
    const aborted = runs.filter((run) => this.#options.lifecycle.abort(run)).length
    const result = { aborted, left: runs.length - aborted }
    this.#tell(timer, { action: 'abort', ...actor, text: abortText(id, result) }, id)
    return result
  }

  #tell(
    { definition: { id, service, method } }: Timer,
    done: Pick<CommandDone, 'action' | 'by' | 'reason' | 'text'>,
    entrypoint = id,
  ): void {
    this.#options.events.emit('command.done', { entrypoint, service, method, ...done })
  }
}
