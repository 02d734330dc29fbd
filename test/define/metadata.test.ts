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

/** The metadata object that a compiler creates for a class with standard decorators: its prototype is that of the parent class. */
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

  it('metadata keeps entries in the order in which they were written', () => {
    expect(readEntrypoints(family().Base)).toEqual([tick('poll', 1), tick('sweep', 2)])
  })

  it('metadata is inherited by subclasses', () => {
    expect(readEntrypoints(family().Derived)).toEqual([tick('poll', 1), tick('sweep', 2)])
  })

  it('metadata of a subclass overrides that of its parent for each method, without changing the parent', () => {
    const { Base, Derived, derived } = family()
    appendEntrypoint(derived, tick('sweep', 0.1))
    appendEntrypoint(derived, tick('own', 5))
    expect(readEntrypoints(Derived)).toEqual([tick('poll', 1), tick('sweep', 0.1), tick('own', 5)])
    expect(readEntrypoints(Base)).toEqual([tick('poll', 1), tick('sweep', 2)])
  })

  it('metadata of one subclass does not appear in another', () => {
    const { Base, derived } = family()
    class Sibling extends Base {}
    appendEntrypoint(derived, tick('own', 5))
    appendEntrypoint(carrierOf(Sibling), tick('other', 6))
    expect(readEntrypoints(Sibling).map(({ method }) => method)).toEqual(['poll', 'sweep', 'other'])
  })

  it('metadata of a method in a subclass replaces all entries of that method in the parent, also an rpc', () => {
    const { Derived, derived } = family()
    appendEntrypoint(derived, { kind: 'rpc', method: 'poll' })
    expect(readEntrypoints(Derived)).toEqual([{ kind: 'rpc', method: 'poll' }, tick('sweep', 2)])
  })

  it('metadata has several entries of one method as they are written, which is not the order of the calls', () => {
    const { Base, base } = family()
    appendEntrypoint(base, tick('poll', 3))
    expect(readEntrypoints(Base)).toEqual([tick('poll', 3), tick('poll', 1), tick('sweep', 2)])
  })

  it('metadata is returned as a copy of the stored list', () => {
    const { Base } = family()
    readEntrypoints(Base).length = 0
    expect(readEntrypoints(Base)).toHaveLength(2)
  })

  it('metadata marks a class as a service, but not its subclasses', () => {
    const { Base, Derived, base } = family()
    writeService(base, 'jobs')
    expect(readService(Base)).toEqual({ options: 'jobs' })
    expect(readService(Derived)).toBeUndefined()
    class Undecorated extends Base {}
    expect(readService(Undecorated)).toBeUndefined()
    expect(readEntrypoints(Undecorated)).toHaveLength(2)
  })

  it('metadata distinguishes a service without options from a class that is not a service', () => {
    const { Base, base } = family()
    writeService(base, undefined)
    expect(readService(Base)).toEqual({ options: undefined })
  })

  it('metadata inherits injections by property, and constructor parameters from the nearest class that has any', () => {
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
  it('a class inherits metadata from a parent with the other kind of decorators', () => {
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
