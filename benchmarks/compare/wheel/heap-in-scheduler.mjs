/** Imported first by a process whose scheduler shall keep its timers in the heap of heap-as-wheel.ts. */
import { register } from 'node:module'

const hooks = `
  export function resolve(specifier, context, next) {
    const isWheel = specifier === './timing-wheel.js' && context.parentURL?.endsWith('/dist/src/schedule/scheduler.js')
    return next(isWheel ? ${JSON.stringify(new URL('heap-as-wheel.ts', import.meta.url).href)} : specifier, context)
  }`
register(`data:text/javascript,${encodeURIComponent(hooks)}`)
