import { describe, expect, it } from 'vitest'
import type { EntrypointEntry, ServiceClass } from '../../src/define/entries.js'
import {
  appendEntrypoint,
  appendInjection,
  readEntrypoints,
  readInjections,
  readService,
  writeService,
} from '../../src/define/metadata.js'

function tick(method: string, interval: number): EntrypointEntry {
  return { kind: 'timer', method, interval, options: undefined }
}

/** The object a compiler makes for a class with standard decorators: it inherits from that of the parent class. */
function metadataOf(target: ServiceClass): object {
  const parent = (Object.getPrototypeOf(target) as { [Symbol.metadata]?: object })[Symbol.metadata]
  const metadata = Object.create(parent ?? null)
  Object.defineProperty(target, Symbol.metadata, { value: metadata })
  return metadata
}

describe.each([
  { mode: 'legacy', carrierOf: (target: ServiceClass): object => target },
  { mode: 'standard', carrierOf: metadataOf },
])('the metadata of a class with $mode decorators', ({ carrierOf }) => {
  function family() {
    class Base {}
    class Derived extends Base {}
    const base = carrierOf(Base)
    appendEntrypoint(base, tick('poll', 1))
    appendEntrypoint(base, tick('sweep', 2))
    return { Base, Derived, base, derived: carrierOf(Derived) }
  }

  it('keeps entries in the order in which they were written', () => {
    expect(readEntrypoints(family().Base)).toEqual([tick('poll', 1), tick('sweep', 2)])
  })

  it('is inherited', () => {
    expect(readEntrypoints(family().Derived)).toEqual([tick('poll', 1), tick('sweep', 2)])
  })

  it('lets the subclass win, method by method, without changing its parent', () => {
    const { Base, Derived, derived } = family()
    appendEntrypoint(derived, tick('sweep', 0.1))
    appendEntrypoint(derived, tick('own', 5))
    expect(readEntrypoints(Derived)).toEqual([tick('poll', 1), tick('sweep', 0.1), tick('own', 5)])
    expect(readEntrypoints(Base)).toEqual([tick('poll', 1), tick('sweep', 2)])
  })

  it('does not leak from one subclass into another', () => {
    const { Base, derived } = family()
    class Sibling extends Base {}
    appendEntrypoint(derived, tick('own', 5))
    appendEntrypoint(carrierOf(Sibling), tick('other', 6))
    expect(readEntrypoints(Sibling).map(({ method }) => method)).toEqual(['poll', 'sweep', 'other'])
  })

  it('replaces all that was said of a method, also when it was an rpc', () => {
    const { Derived, derived } = family()
    appendEntrypoint(derived, { kind: 'rpc', method: 'poll' })
    expect(readEntrypoints(Derived)).toEqual([{ kind: 'rpc', method: 'poll' }, tick('sweep', 2)])
  })

  it('keeps two entries for one method of one class, to be refused later', () => {
    const { Base, base } = family()
    appendEntrypoint(base, tick('poll', 3))
    expect(readEntrypoints(Base)).toEqual([tick('poll', 1), tick('poll', 3), tick('sweep', 2)])
  })

  it('does not hand out the list it keeps', () => {
    const { Base } = family()
    readEntrypoints(Base).length = 0
    expect(readEntrypoints(Base)).toHaveLength(2)
  })

  it('marks a service, but not its subclasses', () => {
    const { Base, Derived, base } = family()
    writeService(base, 'jobs')
    expect(readService(Base)).toEqual({ options: 'jobs' })
    expect(readService(Derived)).toBeUndefined()
    class Undecorated extends Base {}
    expect(readService(Undecorated)).toBeUndefined()
    expect(readEntrypoints(Undecorated)).toHaveLength(2)
  })

  it('tells a service that was given nothing from a class that is none', () => {
    const { Base, base } = family()
    writeService(base, undefined)
    expect(readService(Base)).toEqual({ options: undefined })
  })

  it('inherits injections by property, and constructor parameters from the nearest class that has any', () => {
    const { Base, Derived, base, derived } = family()
    appendInjection(base, { property: 'log', token: 'Logger', args: [] })
    appendInjection(base, { property: 'config', token: 'Config', args: [] })
    appendInjection(base, { parameter: 1, token: 'B', args: [] })
    appendInjection(base, { parameter: 0, token: 'A', args: [] })
    appendInjection(derived, { property: 'log', token: 'Quiet', args: [1] })
    expect(readInjections(Derived)).toEqual([
      { property: 'log', token: 'Quiet', args: [1] },
      { property: 'config', token: 'Config', args: [] },
      { parameter: 0, token: 'A', args: [] },
      { parameter: 1, token: 'B', args: [] },
    ])
    appendInjection(derived, { parameter: 0, token: 'C', args: [] })
    expect(readInjections(Derived).slice(2)).toEqual([{ parameter: 0, token: 'C', args: [] }])
    expect(readInjections(Base).slice(2)).toHaveLength(2)
  })
})

describe('a class whose parent was decorated the other way', () => {
  it('inherits from it all the same', () => {
    class Base {}
    class Derived extends Base {}
    appendEntrypoint(Base, tick('poll', 1))
    appendEntrypoint(metadataOf(Derived), tick('sweep', 2))
    expect(readEntrypoints(Derived)).toEqual([tick('poll', 1), tick('sweep', 2)])
    class Last extends Derived {}
    appendEntrypoint(Last, tick('sweep', 3))
    expect(readEntrypoints(Last)).toEqual([tick('poll', 1), tick('sweep', 3)])
  })
})
