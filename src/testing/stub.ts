/** Stands in for any dependency: everything it is asked for is there, can be called, and remembers how. */

/** One call of a stub or of something in it. */
export interface StubCall {
  /** What was called: `query`, `users.find`, or the empty string for the stub itself. */
  readonly path: string
  readonly args: readonly unknown[]
}

interface Memory {
  readonly calls: StubCall[]
  readonly answers: Map<string, (...args: unknown[]) => unknown>
}

const MEMORY: unique symbol = Symbol.for('escapement.stub')

/**
 * A stub. Every member exists, is a function, and returns undefined unless {@link answer} says what:
 *
 *     const db = stub<Pool>()
 *     answer(db, 'query', () => ({ rows: [] }))
 *     ...
 *     expect(callsOf(db, 'query')).toHaveLength(1)
 */
// biome-ignore lint/suspicious/noExplicitAny: a stub is whatever it is taken for.
export function stub<Of = any>(): Of {
  return member('', { calls: [], answers: new Map() }) as Of
}

/** What a member returns from now on (or throws), told its arguments. `path` may go deep: `users.find`. */
export function answer(of: unknown, path: string, give: (...args: never[]) => unknown): void {
  memoryOf(of).answers.set(path, give as (...args: unknown[]) => unknown)
}

/** The calls a stub has seen, oldest first; of one member only when `path` is given. */
export function callsOf(of: unknown, path?: string): readonly StubCall[] {
  const { calls } = memoryOf(of)
  return path === undefined ? calls : calls.filter((call) => call.path === path)
}

function memoryOf(of: unknown): Memory {
  const memory = typeof of === 'function' ? (of as { [MEMORY]?: Memory })[MEMORY] : undefined
  if (!memory) throw new TypeError('expected a stub, as stub() or replaceDependencies() give')
  return memory
}

function member(path: string, memory: Memory): unknown {
  const members = new Map<string, unknown>()
  const call = (...args: unknown[]) => {
    memory.calls.push({ path, args })
    return memory.answers.get(path)?.(...args)
  }
  return new Proxy(call, {
    get(_target, name) {
      if (name === MEMORY) return memory
      // Whoever awaits a stub asks it for `then`; whoever prints it, for symbols.
      if (typeof name !== 'string' || name === 'then') return undefined
      if (!members.has(name)) members.set(name, member(path === '' ? name : `${path}.${name}`, memory))
      return members.get(name)
    },
  })
}
