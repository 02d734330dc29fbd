import { describe, expect, it } from 'vitest'
import { service, timer } from '../../src/define/decorators.js'
import { inject } from '../../src/define/inject.js'
import { DefinitionError } from '../../src/kernel/errors.js'
import { importByEsbuild, MODES, type Mode } from './compile.js'
import { type Anything, thrownBy } from './support.js'

const IMPORTS = `
  import { cron, rpc, service, timer } from '../../../src/define/decorators.js'
  import { inject } from '../../../src/define/inject.js'
`

async function refusalOf(source: string, mode: Mode): Promise<string> {
  const error: unknown = await importByEsbuild(IMPORTS + source, mode).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(DefinitionError)
  expect(error).toMatchObject({ code: 'ERR_DECORATOR' })
  return (error as DefinitionError).message
}

describe.each(MODES)('with %s decorators', (mode) => {
  it.each([
    [
      'class A { @timer(1) static poll() {} }',
      '@timer cannot be used on a static method (poll): remove "static", it is called on an object of the class',
    ],
    [
      'class A { @timer(1) poll = () => {} }',
      '@timer cannot be used on a field (poll): write a method, name() { ... }, not name = () => { ... }',
    ],
    [
      'class A { @timer(1) [Symbol.iterator]() {} }',
      '@timer cannot be used on a nameless method (Symbol(Symbol.iterator)): give it a name, which becomes part of its id',
    ],
    [
      '@timer(1) class A {}',
      "@timer cannot be used on a class: it belongs on a method, the class takes @service('name')",
    ],
    [
      "@cron('* * * * *') class A {}",
      "@cron cannot be used on a class: it belongs on a method, the class takes @service('name')",
    ],
    ['@rpc() class A {}', "@rpc cannot be used on a class: it belongs on a method, the class takes @service('name')"],
    [
      'class A { @rpc() static status() {} }',
      '@rpc cannot be used on a static method (status): remove "static", it is called on an object of the class',
    ],
    ["class A { @service('a') poll() {} }", '@service cannot be used on a method (poll): it belongs on the class'],
    ["class A { @service('a') field = 1 }", '@service cannot be used on a field (field): it belongs on the class'],
    ['class A { @timer poll() {} }', '@timer cannot be used like this: write @timer(60) above a method'],
    ['class A { @timer static poll() {} }', '@timer cannot be used like this: write @timer(60) above a method'],
    ['@timer class A {}', '@timer cannot be used like this: write @timer(60) above a method'],
    ['class A { @cron poll() {} }', "@cron cannot be used like this: write @cron('0 18 * * *') above a method"],
    ['class A { @rpc status() {} }', '@rpc cannot be used like this: write @rpc() above a method'],
    ["class A { @rpc('status') status() {} }", '@rpc cannot be used like this: write @rpc() above a method'],
    ['@service class A {}', "@service cannot be used like this: write @service('name') above a class"],
    ['class A { @inject log }', '@inject cannot be used like this: write @inject(Logger) before a property'],
    [
      'class A { @inject(undefined) log }',
      '@inject expects a dependency provider, got undefined: is it imported from a module that imports this one?',
    ],
    [
      'class A { @inject(Map) static log }',
      '@inject cannot be used on a static field (log): remove "static", each object of the class has its own dependencies',
    ],
    [
      'class A { @inject(Map) log() {} }',
      '@inject cannot be used on a method (log): it belongs on a property, or on a parameter of the constructor',
    ],
    [
      '@inject(Map) class A {}',
      '@inject cannot be used on a class: it belongs on a property, or on a parameter of the constructor',
    ],
    [
      'class A { @inject(Map) [Symbol.iterator] }',
      '@inject cannot be used on a nameless field (Symbol(Symbol.iterator)): give it a name',
    ],
  ])('the decorator in "%s" is refused', async (source, sentence) => {
    expect(await refusalOf(source, mode)).toBe(sentence)
  })

  it('a decorator on an accessor is refused, whatever the name of the accessor', async () => {
    for (const source of ['class A { @timer(1) get poll() { return 1 } }', 'class A { @timer(1) accessor poll = 1 }']) {
      expect(await refusalOf(source, mode)).toMatch(
        /^@timer cannot be used on an? (accessor|getter) \(poll\): write a method$/,
      )
    }
  })
})

describe('standard decorators', () => {
  it('standard decorators are refused on private members', async () => {
    expect(await refusalOf('class A { @timer(1) #poll() {} }', 'standard')).toBe(
      '@timer cannot be used on a private method (#poll): remove the "#", it is called from outside',
    )
    expect(await refusalOf('class A { @inject(Map) #log }', 'standard')).toBe(
      '@inject cannot be used on a private field (#log): remove the "#", it is set from outside',
    )
  })

  it('standard decorators need a compiler that passes them a metadata object', () => {
    const context: Anything = { kind: 'method', name: 'poll', static: false, private: false, addInitializer() {} }
    expect(thrownBy(() => timer(1)(() => {}, context)).message).toBe(
      '@timer got no metadata object from the compiler: use TypeScript 5.2 or esbuild 0.21.3 or later, or turn on experimentalDecorators',
    )
  })
})

describe('decorators of parameters', () => {
  it('parameter decorators are refused on parameters of methods', async () => {
    expect(await refusalOf('class A { poll(@inject(Map) log) {} }', 'legacy')).toBe(
      '@inject cannot be used on a parameter (poll): only the constructor takes dependencies',
    )
  })

  it('parameter decorators other than @inject are refused', async () => {
    expect(await refusalOf('class A { constructor(@timer(1) log) {} }', 'legacy')).toBe(
      '@timer cannot be used on a parameter: it belongs on the method',
    )
  })
})

describe('a decorator', () => {
  it('a decorator changes neither the method nor the class, and returns nothing', () => {
    class Jobs {
      poll() {}
    }
    const descriptor = Object.freeze(Object.getOwnPropertyDescriptor(Jobs.prototype, 'poll')!)
    const before = Reflect.ownKeys(Jobs)
    expect(timer(1)(Jobs.prototype, 'poll', descriptor)).toBeUndefined()
    expect(service('jobs')(Object.freeze(Jobs))).toBeUndefined()
    expect(inject(Map)(Jobs.prototype, 'log')).toBeUndefined()
    expect(Reflect.ownKeys(Jobs)).toEqual(before)
    expect(Object.getOwnPropertyDescriptor(Jobs.prototype, 'poll')).toEqual(descriptor)
  })

  it('a decorator accepts wrong options, which are reported when the module is described', () => {
    expect(() => timer(-1 as Anything, null as Anything)).not.toThrow()
    expect(() => service(undefined as Anything)).not.toThrow()
  })
})
