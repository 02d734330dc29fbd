/** Finds the OpenTelemetry API that an SDK has been registered with on this thread. */
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { Logger } from 'pino'
import type { Spans } from './spans.js'

/** Where every copy of version 1 of the API keeps what was registered: they share it, because a program may contain several. */
const REGISTERED = Symbol.for('opentelemetry.js.api.1')

const API = '@opentelemetry/api'

/**
 * Undefined when no tracer provider is registered on this thread: then the API is not even loaded. It is looked for from the modules
 * of the user first, then from this package.
 */
export async function openSpans(modules: readonly string[], log: Logger): Promise<Spans | undefined> {
  const registered = (globalThis as { [REGISTERED]?: { readonly trace?: unknown } })[REGISTERED]
  if (!registered?.trace) return undefined
  for (const module of new Set([...modules, import.meta.url])) {
    const found = resolveFrom(module)
    if (found === undefined) continue
    const { Spans } = await import('./spans.js')
    return new Spans(await import(found))
  }
  log.warn(
    `an OpenTelemetry SDK is registered, but ${API} is not installed where ${modules[0]} or escapement can find it: no spans are made`,
  )
  return undefined
}

function resolveFrom(module: string): string | undefined {
  try {
    return pathToFileURL(createRequire(module).resolve(API)).href
  } catch {
    return undefined
  }
}
