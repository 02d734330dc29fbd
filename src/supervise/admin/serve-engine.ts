/** Has the admin thread serve an engine: tells it what it needs to know, now and when that changes, and answers what it asks. */
import { hostname } from 'node:os'
import type { Clock } from '../../kernel/clock.js'
import type { Events } from '../../kernel/events.js'
import type { Health } from '../../kernel/health.js'
import type { PauseView } from '../../kernel/pause.js'
import { VERSION } from '../../kernel/version.js'
import type { FixedServing, MainAnswer, MainQuestion } from '../../observe/admin-protocol.js'
import type { Running } from '../assemble.js'
import { type Controlled, carryOut } from '../control/carry-out.js'
import { viewThreads } from '../engine-view.js'
import type { PoolThreads } from '../make-pools.js'
import type { AdminThread } from './admin-thread.js'
import { ChangeLog } from './change-log.js'
import { noteCutOffRuns } from './cut-off-runs.js'
import type { MainSampler } from './main-sampler.js'

export interface EngineServerOptions {
  readonly adminThread: Pick<AdminThread, 'serve' | 'changed' | 'pausesChanged' | 'output' | 'memory'>
  readonly engine: ServedEngine
  readonly events: Events
  readonly clock: Clock
}

/** Of an engine, what is told of it. */
export interface ServedEngine extends Controlled {
  health(): Health
  pauses(): readonly PauseView[]
  /** Writes the gauges that are only sampled into the counters. */
  writeSampled(): void
}

/** What it takes to listen, and what is known once the engine runs. */
interface ServeOptions extends Omit<FixedServing, 'catalogue' | 'memory' | 'recent' | 'services' | 'process'> {
  readonly running: Running<PoolThreads>
  readonly sampler: MainSampler
}

export class EngineServer {
  readonly #options: EngineServerOptions
  readonly #changes: ChangeLog
  readonly #startedAt: number
  readonly #unsubscribe: readonly (() => void)[]

  /** Changes are recorded from now on. */
  constructor(options: EngineServerOptions) {
    const { adminThread, engine, events, clock } = options
    this.#options = options
    this.#startedAt = clock.wallNow()
    this.#changes = new ChangeLog({ clock, events, onChange: (change) => adminThread.changed(change) })
    this.#unsubscribe = [
      events.on('pause.changed', () => adminThread.pausesChanged(engine.pauses())),
      events.on('pause.saved', () => adminThread.pausesChanged(engine.pauses())),
      noteCutOffRuns({ events, clock, output: adminThread.output, memory: adminThread.memory }),
    ]
  }

  /** Resolves to the URL. @throws UsageError when the address cannot be used. */
  serve({ running, sampler, ...listen }: ServeOptions): Promise<string> {
    const { adminThread, engine } = this.#options
    const { counters, services, coordinator } = running
    const { catalogue, memory, recent } = counters
    const instance = coordinator.setup.self
    const process = { ...processFacts(), instance, startedAt: this.#startedAt }
    return adminThread.serve(
      { ...listen, catalogue, memory, recent: recent.memory, services, process },
      {
        changes: () => this.#changes.changes,
        pauses: () => engine.pauses(),
        answer: (question) => this.#answer(question, running, sampler),
      },
    )
  }

  stop(): void {
    this.#changes.stop()
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
  }

  #answer(question: MainQuestion, running: Running<PoolThreads>, sampler: MainSampler): MainAnswer {
    const { engine } = this.#options
    switch (question.about) {
      case 'health':
        return { about: question.about, health: engine.health() }
      case 'sample':
        engine.writeSampled()
        return { about: question.about, sample: sampler.take() }
      case 'threads':
        return { about: question.about, threads: viewThreads(running) }
      case 'command':
        return { about: question.about, result: carryOut(engine, question.command) }
    }
  }
}

function processFacts() {
  return { pid: process.pid, host: hostname(), version: VERSION, node: process.version }
}
