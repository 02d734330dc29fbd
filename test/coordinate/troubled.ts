import { inspect } from 'node:util'
import { onTestFinished } from 'vitest'
import type { CoordinationStore } from '../../src/coordinate/ports.js'
import { openStore } from '../../src/coordinate/stores/open-store.js'
import { systemClock } from '../../src/kernel/clock.js'

/** A store whose trouble is expected; closed at the end of the test. */
export async function openTroubled(
  url: string,
  namespace = 'troubled',
): Promise<{ readonly store: CoordinationStore; readonly troubles: Error[] }> {
  const troubles: Error[] = []
  const store = await openStore({ url, namespace, onError: (error) => troubles.push(error) }, systemClock())
  onTestFinished(() => store.close())
  return { store, troubles }
}

/** Everything a logger could find in it. */
export function describeFully(error: unknown): string {
  return inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })
}
