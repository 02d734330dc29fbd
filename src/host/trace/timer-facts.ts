/** What all spans of a timer say. */
import type { TimerDefinition } from '../../kernel/definitions.js'

export type TimerFacts = Readonly<Record<string, string>>

/** `className`: of the service object; undefined when it is a plain object. */
export function timerFacts({ service, method, schedule }: TimerDefinition, className: string | undefined): TimerFacts {
  return {
    'escapement.service': service,
    'escapement.method': method,
    'code.function.name': className === undefined ? method : `${className}.${method}`,
    'faas.trigger': 'timer',
    ...(schedule.kind === 'cron' && { 'faas.cron': schedule.expression }),
  }
}
