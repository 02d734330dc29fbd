import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { refuseBareParameters } from '../../src/define/constructor-parameters.js'
import type { ServiceClass } from '../../src/define/entries.js'
import { injectionsOf } from '../../src/define/service-source.js'
import { Config, inject, Logger, rpc, service } from '../../src/index.js'
import { compileByTypeScript, importByEsbuild, importCode, MODES, ROOT } from './compile.js'
import { type Anything, decorate, describeExports, problemsOf } from './support.js'

const problem = (parameter: number, name: string) =>
  `constructor parameter ${parameter} of ${name} has nothing to inject and would be undefined: write @inject(Provider) before it; types alone are enough only for code compiled with emitDecoratorMetadata, and a parameter that may be left out needs a default`

function bareParametersOf(given: Anything): string[] {
  const problems: string[] = []
  refuseBareParameters(given as ServiceClass, injectionsOf(given), (text) => problems.push(text))
  return problems
}

class Base {
  readonly given: unknown[]

  constructor(@inject(Config) config: unknown, log: unknown, clock: unknown) {
    this.given = [config, log, clock]
  }
}

describe('a parameter of a constructor', () => {
  it('a constructor parameter without an injection is refused when the service is described', () => {
    class Store {
      readonly repo: unknown

      constructor(repo: unknown) {
        this.repo = repo
      }

      run() {}
    }
    decorate(Store as Anything, 'run', rpc())
    service('store')(Store)
    expect(problemsOf({ Store })).toEqual([`store: ${problem(1, 'Store')}`])
  })

  it('each constructor parameter without an injection is refused, before and after an injected one', () => {
    expect(bareParametersOf(Base)).toEqual([problem(2, 'Base'), problem(3, 'Base')])
  })

  it('constructor parameters are those of the nearest class that has a constructor', () => {
    class Implicit extends Base {
      readonly constructorless = true
    }
    class Further extends Implicit {}
    class Passing extends Base {
      constructor(...args: [unknown, unknown, unknown]) {
        super(...args)
      }
    }
    class Own extends Base {
      constructor() {
        super(1, 2, 3)
      }
    }
    class OwnInjecting extends Base {
      constructor(@inject(Config) config: unknown, @inject(Logger) log: unknown) {
        super(config, log, 3)
      }
    }
    for (const inheriting of [Implicit, Further, Passing]) {
      expect(bareParametersOf(inheriting)).toEqual([problem(2, 'Base'), problem(3, 'Base')])
    }
    expect(bareParametersOf(Own)).toEqual([])
    expect(bareParametersOf(OwnInjecting)).toEqual([])
  })

  it('a constructor parameter with a default needs no injection, nor does one after it', () => {
    class Store {
      readonly given: unknown[]

      constructor(@inject(Config) config: unknown, retries = 3, ...more: unknown[]) {
        this.given = [config, retries, more]
      }
    }
    expect(bareParametersOf(Store)).toEqual([])
  })

  it('a static member called length does not change the number of constructor parameters', () => {
    class Long {
      static readonly length = 5
      run() {}
    }
    class Wide {
      static length() {}
      run() {}
    }
    expect([Long, Wide].flatMap(bareParametersOf)).toEqual([])
  })

  it('a constructor parameter without an injection is refused in a class without a name', () => {
    const nameless = [
      class {
        readonly given: unknown
        constructor(given: unknown) {
          this.given = given
        }
      },
    ]
    expect(bareParametersOf(nameless[0])).toEqual([problem(1, 'the class')])
  })
})

describe('a class that is compiled', () => {
  const code = `
    import { rpc, service } from '../../../src/define/decorators.js'
    import { inject } from '../../../src/define/inject.js'
    import { Config } from '../../../src/depend/config.js'
    class Parent { constructor(private repo: object) {} }
    @service('child')
    export class Child extends Parent { @inject(Config) config!: Config; count = 1; @rpc() run() {} }
    @service('plain')
    export class Plain { @inject(Config) config!: Config; count = 1; @rpc() run() {} }`

  it.each(MODES)(
    'a subclass that esbuild compiled with %s decorators has the constructor parameters of its parent',
    async (mode) => {
      const { Child, Plain } = await importByEsbuild(code, mode)
      expect(problemsOf({ Child })).toEqual([`child: ${problem(1, 'Parent')}`])
      expect(describeExports({ Plain })).toHaveLength(1)
    },
  )

  it('a constructor without @inject is refused after esbuild, and after TypeScript with emitDecoratorMetadata only for types that are not classes', async () => {
    const fixture = 'test/fixtures/services/injected.ts'
    const run = await importByEsbuild(await readFile(join(ROOT, fixture), 'utf8'), 'legacy')
    expect(bareParametersOf(run.Base)).toEqual([problem(2, 'Base'), problem(3, 'Base')])
    expect(bareParametersOf(run.Derived)).toEqual([problem(2, 'Base'), problem(3, 'Base')])
    expect(bareParametersOf(run.Other)).toEqual([problem(1, 'Other')])
    const [compiled] = await compileByTypeScript([fixture], 'legacy', { emitDecoratorMetadata: true })
    const { Base: OfBase, Other } = await importCode(compiled!)
    expect(bareParametersOf(OfBase)).toEqual([problem(3, 'Base')])
    expect(bareParametersOf(Other)).toEqual([])
  })
})
