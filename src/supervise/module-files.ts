/**
 * Notices that the file of a module was edited while its services run: a thread that starts later runs the new code, beside
 * threads and by definitions of the old.
 *
 * Only the file itself is looked at, not what it imports.
 */
import { type Stats, statSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { ServiceDefinition } from '../kernel/definitions.js'
import type { Events } from '../kernel/events.js'

/** Time of the last change and size; undefined when there is no such file. */
type Fingerprint = string | undefined

export class ModuleFiles {
  readonly #events: Events
  readonly #services: readonly ServiceDefinition[]
  /** By URL of the module: how its file was when it was described, or when its last change was reported. */
  readonly #known: Map<string, Fingerprint>

  /** To be made when the services have just been described. */
  constructor(services: readonly ServiceDefinition[], events: Events) {
    this.#events = events
    this.#services = services
    const urls = new Set(services.map(({ module }) => module))
    this.#known = new Map(
      [...urls].map((url) => [url, fingerprint(statSync(fileURLToPath(url), { throwIfNoEntry: false }))]),
    )
  }

  /** Threads of these services have been started: reports each change of their modules once. Never rejects. */
  async look(names: readonly string[]): Promise<void> {
    const urls = new Set(this.#services.filter(({ name }) => names.includes(name)).map(({ module }) => module))
    for (const url of urls) {
      const file = fileURLToPath(url)
      const now = fingerprint(await stat(file).catch(() => undefined))
      // A file that has gone cannot have been imported: the start has failed and says so.
      if (now === undefined || now === this.#known.get(url)) continue
      this.#known.set(url, now)
      const services = this.#services.filter(({ module }) => module === url).map(({ name }) => name)
      this.#events.emit('module.changed', { file, services })
    }
  }
}

function fingerprint(found: Stats | undefined): Fingerprint {
  return found && `${found.mtimeMs} ${found.size}`
}
