/** The contents of one worker thread: the service objects of its pool, and the runner of their timers. */
import type { MessagePort } from 'node:worker_threads'
import { serviceAt } from '../define/exported-services.js'
import type { ServiceSource } from '../define/service-source.js'
import { HOST } from '../depend/host-port.js'
import { realImmediate } from '../kernel/clock.js'
import { InternalError } from '../kernel/errors.js'
import { toWireError } from '../kernel/wire-error/wire-error.js'
import { captureStreams } from '../observe/output/capture-streams.js'
import { OutputSender } from '../observe/output/output-sender.js'
import type { HostSetup, PrepareReply, StartFailure, StartReply, StartSpans } from '../pool/protocol.js'
import { ThreadBlock } from '../pool/thread-block.js'
import { now } from './gate.js'
import { loadModule } from './load-module.js'
import { MainLink } from './main-link.js'
import { ReplyBatches } from './reply-batches.js'
import { RpcServer } from './rpc-server.js'
import { currentTag } from './run-tag.js'
import { ServiceObject } from './service-object.js'
import { createThreadLog } from './thread-log.js'
import { type LiveTimer, TimerRunner } from './timer-runner.js'
import { openSpans } from './trace/open-spans.js'
import { timerFacts } from './trace/timer-facts.js'
import { Tracing } from './trace/tracing.js'

/** Which span of a start each of its steps is part of. */
const SPAN_OF_STEP: Readonly<Record<string, keyof StartSpans>> = {
  import: 'imports',
  'a dependency': 'dependencies',
  'its constructor': 'onStart',
  onStart: 'onStart',
}

/** What exists once the services have started. */
interface Running {
  readonly runner: TimerRunner
  readonly batches: ReplyBatches
}

export class Container {
  readonly #setup: HostSetup
  readonly #services: ServiceObject[] = []
  readonly #block: ThreadBlock
  readonly #link: MainLink
  readonly #spans = { imports: 0, dependencies: 0, onStart: 0 }
  readonly #output = new OutputSender()
  readonly #tracing = new Tracing()
  #started: Running | undefined

  constructor(setup: HostSetup, link: MessagePort) {
    this.#setup = setup
    this.#block = new ThreadBlock(setup.block)
    this.#link = new MainLink(link, setup, this.#output, this.#tracing)
    if (setup.log.console === 'admin_thread') {
      this.#link.connectOutput()
      captureStreams(this.#output, setup.log.tellsRuns ? currentTag : undefined)
    }
    const server = new RpcServer({
      post: (message) => this.#link.post(message),
      services: this.#services,
      now,
      block: this.#block,
      tracing: this.#tracing,
    })
    this.#link.listen(server)
  }

  get runner(): TimerRunner {
    return this.#running.runner
  }

  get batches(): ReplyBatches {
    return this.#running.batches
  }

  get #running(): Running {
    if (!this.#started) throw new InternalError('a run arrived before the services were started')
    return this.#started
  }

  /** Imports the modules and sets up the dependencies: everything that a standby thread does before it takes over. */
  async prepare(): Promise<PrepareReply> {
    const { services, config, log: logSetup, preload, makesSpans } = this.#setup
    const log = createThreadLog(logSetup, this.#output)
    for (const module of preload) {
      const failure = await this.#try(`preload ${module}`, (onStep) => {
        onStep('import')
        return loadModule(module).then(() => {})
      })
      if (failure) return failure
    }
    for (const definition of services) {
      const failure = await this.#try(definition.name, async (onStep) => {
        onStep('import')
        const source = serviceIn(await loadModule(definition.module), definition.exportName)
        onStep('a dependency')
        const service = new ServiceObject(definition, source, {
          config,
          log: log.child({ service: definition.name }),
          [HOST]: this.#link.portFor(definition.name),
        })
        this.#services.push(service)
        await service.prepare()
      })
      if (failure) return failure
    }
    const modules = [...preload, ...services.map(({ module }) => module)]
    if (makesSpans) this.#tracing.use(await openSpans(modules, log))
    return { kind: 'prepared' }
  }

  /** Starts the services in order. When one fails, stops those that had started. */
  async start(): Promise<StartReply> {
    for (const service of this.#services) {
      const failure = await this.#try(service.name, (onStep) => service.start(onStep))
      if (failure) return failure
    }
    const timers = this.#services.flatMap((service) => this.#timersOf(service))
    const runner = new TimerRunner(timers, this.#block, {
      ...(this.#setup.log.tellsRuns && { onFailed: (note) => this.#output.noteError(note) }),
    })
    const batches = new ReplyBatches({
      runner,
      block: this.#block,
      now,
      post: (message) => this.#link.post(message),
      atEndOfTurn: realImmediate,
    })
    this.#started = { runner, batches }
    return { kind: 'started', spans: this.#spans }
  }

  #timersOf(service: ServiceObject): LiveTimer[] {
    const timers = service.timers((name) => this.#link.lease(name))
    return timers.map((timer, index) =>
      this.#tracing.timer(timer, timerFacts(service.definition.timers[index]!, service.className)),
    )
  }

  async #try(
    service: string,
    run: (onStep: (step: string) => void) => Promise<void>,
  ): Promise<StartFailure | undefined> {
    let step = 'start'
    let since = now()
    const enter = (next: string) => {
      const span = SPAN_OF_STEP[step]
      const at = now()
      if (span) this.#spans[span] += at - since
      step = next
      since = at
    }
    try {
      await run(enter)
      enter('end')
      return undefined
    } catch (error) {
      await this.stop()
      return { kind: 'start_failed', service, step, error: toWireError(error) }
    }
  }

  /** Stops the services in reverse order. */
  async stop(): Promise<void> {
    for (const service of this.#services.splice(0).reverse()) await service.stop()
  }
}

function serviceIn(exports: Record<string, unknown>, name: string): ServiceSource {
  const source = serviceAt(exports, name)
  if (source) return source
  throw new InternalError(`the module no longer exports a service as "${name}"`)
}
