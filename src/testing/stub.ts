/** Stubs, which replace any dependency: every member exists, can be called, and records its calls. */

/** One call of a stub or of something in it. */
export interface StubCall {
  /** What was called: `query`, `users.find`, or the empty string for the stub itself. */
  readonly path: string
  readonly args: readonly unknown[]
}

/** What a stub has recorded and what its members return. */
interface Recording {
  readonly calls: StubCall[]
  readonly answers: Map<string, (...args: unknown[]) => unknown>
}

const RECORDING: unique symbol = Symbol.for('escapement.stub')

/**
 * Makes a stub. Every member is a function, which returns undefined unless {@link answer} sets its result:
 *
 *     const db = stub<Pool>()
 *     answer(db, 'query', () => ({ rows: [] }))
 *     ...
 *     expect(callsOf(db, 'query')).toHaveLength(1)
 */
// biome-ignore lint/suspicious/noExplicitAny: a stub can stand for a value of any type.
export function stub<Of = any>(): Of {
  return member('', { calls: [], answers: new Map() }) as Of
}

/** Sets the function that answers the calls of a member from now on. `path` names the member: `find`, or `users.find`. */
export function answer(of: unknown, path: string, give: (...args: never[]) => unknown): void {
  recordingOf(of).answers.set(path, give as (...args: unknown[]) => unknown)
}

/** Returns the recorded calls of a stub, oldest first; with `path` only those of one member. */
export function callsOf(of: unknown, path?: string): readonly StubCall[] {
  const { calls } = recordingOf(of)
  return path === undefined ? calls : calls.filter((call) => call.path === path)
}

function recordingOf(of: unknown): Recording {
  const recording = typeof of === 'function' ? (of as { [RECORDING]?: Recording })[RECORDING] : undefined
  if (!recording) throw new TypeError('expected a stub from stub() or replaceDependencies()')
  return recording
}

function member(path: string, recording: Recording): unknown {
  const members = new Map<string, unknown>()
  const call = (...args: unknown[]) => {
    recording.calls.push({ path, args })
    return recording.answers.get(path)?.(...args)
  }
  return new Proxy(call, {
    get(_target, name) {
      if (name === RECORDING) return recording
      // `await` reads `then`, and printing reads symbols: a stub must have neither.
      if (typeof name !== 'string' || name === 'then') return undefined
      if (!members.has(name)) members.set(name, member(path === '' ? name : `${path}.${name}`, recording))
      return members.get(name)
    },
  })
}
