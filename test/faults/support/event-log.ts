/** A list that only grows, and that one can wait for. */
import { inspect } from 'node:util'

/** Longer than anything takes that happens at all. */
export const PATIENCE_MS = 45_000

export class EventLog<Item> {
  readonly items: Item[] = []
  readonly #watchers = new Set<(item: Item) => void>()

  add(item: Item): void {
    this.items.push(item)
    for (const watcher of [...this.#watchers]) watcher(item)
  }

  /** The next one added from now on that will do; rejects when none comes. */
  next<Wanted extends Item>(what: string, willDo: (item: Item) => item is Wanted, deadlineMs?: number): Promise<Wanted>
  next(what: string, willDo: (item: Item) => boolean, deadlineMs?: number): Promise<Item>
  next(what: string, willDo: (item: Item) => boolean, deadlineMs = PATIENCE_MS): Promise<Item> {
    return new Promise((resolve, reject) => {
      const look = (item: Item) => {
        if (!willDo(item)) return
        end()
        resolve(item)
      }
      const timer = setTimeout(() => {
        end()
        const last = this.items.slice(-20).map((item) => inspect(item, { breakLength: Number.POSITIVE_INFINITY }))
        reject(new Error(`${what}: not within ${deadlineMs} ms. The last things that happened:\n${last.join('\n')}`))
      }, deadlineMs)
      const end = () => {
        clearTimeout(timer)
        this.#watchers.delete(look)
      }
      this.#watchers.add(look)
    })
  }

  /** The first one that will do, of those there are or of those to come. */
  async first<Wanted extends Item>(
    what: string,
    willDo: (item: Item) => item is Wanted,
    deadlineMs?: number,
  ): Promise<Wanted>
  async first(what: string, willDo: (item: Item) => boolean, deadlineMs?: number): Promise<Item>
  async first(what: string, willDo: (item: Item) => boolean, deadlineMs?: number): Promise<Item> {
    return this.items.find(willDo) ?? this.next(what, willDo, deadlineMs)
  }
}
