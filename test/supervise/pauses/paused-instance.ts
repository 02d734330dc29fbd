/** One instance with timers that can be paused, on a virtual clock, and the places where it keeps pauses. */

import type { Clock } from '../../../src/kernel/clock.js'
import type { EngineEvents } from '../../../src/kernel/events.js'
import type { PauseChanged } from '../../../src/kernel/pause.js'
import type { PauseFile } from '../../../src/state/open-state.js'
import type { SavedPause } from '../../../src/state/saved-pause.js'
import { Pauses } from '../../../src/supervise/pauses/pauses.js'
import { Simulation } from '../../support/simulation.js'
import { timerDefinition } from '../../support/timer.js'

const named = (name: string) => timerDefinition({ method: 'report', name })
/** `svc.report#morning`, `svc.work`, `svc.report#evening`. */
export const TIMERS = [named('morning'), timerDefinition(), named('evening')]

export const PERIOD = 2_000_000

export interface InstanceOptions {
  readonly clock?: Clock
  readonly file?: PauseFile
  readonly isShared?: boolean
  readonly timers?: typeof TIMERS
}

export function pausedInstance({ clock, file, isShared = false, timers = TIMERS }: InstanceOptions = {}) {
  const simulation = new Simulation(timers, () => 1)
  const told: PauseChanged[] = []
  const failures: EngineEvents['pause.failed'][] = []
  simulation.events.on('pause.changed', (event) => told.push(event))
  const saved: string[] = []
  simulation.events.on('pause.saved', ({ entrypoints }) => saved.push(...entrypoints))
  simulation.events.on('pause.failed', (event) => failures.push(event))
  const pauses = new Pauses({
    ...simulation,
    clock: clock ?? simulation.clock,
    file,
    isShared,
    period: PERIOD,
  })
  const paused = () => simulation.timers.filter(({ isPaused }) => isPaused).map(({ definition }) => definition.id)
  return { simulation, told, saved, failures, pauses, paused }
}

/** A state file that can be made to fail. What `disk` has survives; what is only in `pauses` does not. */
export class FakeFile implements PauseFile {
  pauses: readonly SavedPause[]
  disk: readonly SavedPause[]
  isWritable = true

  constructor(disk: readonly SavedPause[] = []) {
    this.disk = disk
    this.pauses = disk
  }

  savePauses(pauses: readonly SavedPause[]): void {
    this.pauses = pauses
  }

  async flush(): Promise<boolean> {
    if (this.isWritable) this.disk = this.pauses
    return this.isWritable
  }
}

export const ANNA = { by: 'anna', reason: 'the disk is full' }
