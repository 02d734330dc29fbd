/**
 * Makes OpenTelemetry spans, through the API that the user's SDK has been registered with.
 *
 *     attempt of a run     `service.method`, INTERNAL, the root of its trace
 *       call               `service.method` of the callee, CLIENT
 *         answer           the same, SERVER, on the thread of the callee
 */
import type * as Api from '@opentelemetry/api'
import type { TraceCarrier } from '../../kernel/rpc.js'
import type { RunContext } from '../../kernel/run-context.js'
import { VERSION } from '../../kernel/version.js'
import type { TickRun } from '../tick-run.js'
import { callOutcome, runEnding } from './endings.js'
import { type Ending, settle } from './settle.js'
import type { TimerFacts } from './timer-facts.js'

export class Spans {
  readonly #api: typeof Api
  readonly #tracer: Api.Tracer

  constructor(api: typeof Api) {
    this.#api = api
    this.#tracer = api.trace.getTracer('escapement', VERSION)
  }

  /** Surrounds an attempt of a run by a span. */
  attempt(run: TickRun, facts: TimerFacts, call: () => unknown): unknown {
    const { SpanKind, ROOT_CONTEXT } = this.#api
    const { tick, entrypoint } = run
    const due = tick.dueAt.toISOString()
    const attributes = {
      ...facts,
      'escapement.tick.id': `${entrypoint}@${due}`,
      'escapement.tick.due': due,
      'escapement.tick.sequence': tick.sequence,
      'escapement.lateness': tick.latenessMs / 1_000,
      'escapement.attempt': tick.attempt,
      'faas.time': due,
    }
    const span = this.#tracer.startSpan(entrypoint, { kind: SpanKind.INTERNAL, attributes }, ROOT_CONTEXT)
    return this.#within(span, ROOT_CONTEXT, call, (ending) => this.#endRun(span, run, ending))
  }

  /** Surrounds the answer to a call by a span, whose parent the carrier names. */
  answer(run: RunContext, carrier: TraceCarrier | undefined, call: () => unknown): unknown {
    const { SpanKind, ROOT_CONTEXT, propagation } = this.#api
    const parent = propagation.extract(ROOT_CONTEXT, carrier ?? {})
    const attributes = { ...rpcFacts(run.service, run.method), 'escapement.call.id': run.callId }
    const span = this.#tracer.startSpan(run.entrypoint, { kind: SpanKind.SERVER, attributes }, parent)
    return this.#within(span, parent, call, (ending) => this.#endRun(span, run, ending))
  }

  /** Surrounds a call by a span. `make` is given what the other thread needs to go on with the trace. */
  call(service: string, method: string, make: (carrier: TraceCarrier) => Promise<unknown>): Promise<unknown> {
    const { SpanKind, context, propagation, trace } = this.#api
    const parent = context.active()
    const attributes = rpcFacts(service, method)
    const span = this.#tracer.startSpan(`${service}.${method}`, { kind: SpanKind.CLIENT, attributes }, parent)
    const carrier: Record<string, string> = {}
    propagation.inject(trace.setSpan(parent, span), carrier)
    const made = () => make(carrier)
    return this.#within(span, parent, made, (ending) =>
      this.#end(span, callOutcome(ending), ending),
    ) as Promise<unknown>
  }

  #within(span: Api.Span, parent: Api.Context, call: () => unknown, onEnd: (ending: Ending) => void): unknown {
    const { context, trace } = this.#api
    return context.with(trace.setSpan(parent, span), () => settle(call, onEnd))
  }

  #endRun(span: Api.Span, run: RunContext, ending: Ending): void {
    const { outcome, cause } = runEnding(run, ending)
    if (cause !== undefined) span.setAttribute('escapement.cause', cause)
    this.#end(span, outcome, ending)
  }

  #end(span: Api.Span, outcome: string, ending: Ending): void {
    span.setAttribute('escapement.outcome', outcome)
    if (outcome !== 'completed') {
      span.setAttribute('error.type', outcome)
      const message = 'error' in ending ? messageOf(ending.error) : ''
      span.setStatus({ code: this.#api.SpanStatusCode.ERROR, ...(message && { message }) })
    }
    if ('error' in ending) span.recordException(ending.error instanceof Error ? ending.error : String(ending.error))
    span.end()
  }
}

function rpcFacts(service: string, method: string): Record<string, string> {
  return { 'rpc.system': 'escapement', 'rpc.service': service, 'rpc.method': method }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
