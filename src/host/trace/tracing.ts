/**
 * Publishes the attempts and calls of this thread on diagnostics channels, and makes spans of them where an OpenTelemetry SDK is
 * registered on the thread.
 *
 * 1. While nobody subscribes and there are no spans, nothing is built, and a method is called as if this file were not there.
 * 2. What a method returns or throws is passed on as it is; a method that returned no promise still returns none.
 * 3. A span is active, and the stores of the channels are entered, in the method and in the hooks of its dependencies.
 */
import { type CallDiagnostic, DIAGNOSTICS, type RunDiagnostic } from '../../kernel/diagnostics.js'
import type { TraceCarrier } from '../../kernel/rpc.js'
import { currentRun, type RunContext } from '../../kernel/run-context.js'
import type { LiveTimer } from '../timer-runner.js'
import { callOutcome, runEnding } from './endings.js'
import { isThenable, settle } from './settle.js'
import type { Spans } from './spans.js'
import type { TimerFacts } from './timer-facts.js'

export class Tracing {
  #spans: Spans | undefined

  /** Makes spans from now on. */
  use(spans: Spans | undefined): void {
    this.#spans = spans
  }

  /** The timer with its attempts traced. */
  timer(timer: LiveTimer, facts: TimerFacts): LiveTimer {
    const { call } = timer
    return {
      ...timer,
      call: (run) => {
        const spans = this.#spans
        if (spans) return spans.attempt(run, facts, () => published(run, () => call(run)))
        return DIAGNOSTICS.run.hasSubscribers ? published(run, () => call(run)) : call(run)
      },
    }
  }

  /** Answers a call of another service, traced as a part of what the carrier names. */
  answer(run: RunContext, carrier: TraceCarrier | undefined, answer: () => unknown): unknown {
    const publish = () => published(run, answer)
    return this.#spans ? this.#spans.answer(run, carrier, publish) : publish()
  }

  /** Makes a call to another service; `make` is given what to send along. */
  call(service: string, method: string, make: (carrier?: TraceCarrier) => Promise<unknown>): Promise<unknown> {
    const publish = (carrier?: TraceCarrier) => publishedCall(service, method, () => make(carrier))
    return this.#spans ? this.#spans.call(service, method, publish) : publish()
  }
}

/** Publishes an attempt or an answer on the five channels of `escapement:run`. */
function published(run: RunContext, call: () => unknown): unknown {
  const channels = DIAGNOSTICS.run
  if (!channels.hasSubscribers) return call()
  const message: RunDiagnostic = { run }
  const ended = (): unknown =>
    settle(call, (ending) => {
      Object.assign(message, runEnding(run, ending), 'error' in ending ? ending : { result: ending.value })
      if ('error' in ending) channels.error.publish(message)
    })
  return channels.start.runStores(message, () => {
    let result: unknown
    try {
      result = ended()
    } finally {
      channels.end.publish(message)
    }
    if (!isThenable(result)) return result
    const tellEnd = () => {
      channels.asyncStart.publish(message)
      channels.asyncEnd.publish(message)
    }
    return Promise.resolve(result).finally(tellEnd)
  })
}

function publishedCall(service: string, method: string, make: () => Promise<unknown>): Promise<unknown> {
  const channels = DIAGNOSTICS.call
  if (!channels.hasSubscribers) return make()
  const message: CallDiagnostic = { service, method, caller: currentRun() }
  const told = () =>
    settle(make, (ending) => {
      message.outcome = callOutcome(ending)
    })
  return channels.tracePromise(() => told() as Promise<unknown>, message)
}
