import { describe, expect, it } from 'vitest'
import type { Injection } from '../../src/define/entries.js'
import { wire } from '../../src/define/wiring.js'
import { Config, DependencyProvider, inject, Logger } from '../../src/index.js'

class Value extends DependencyProvider {
  readonly args: unknown[]

  constructor(...args: unknown[]) {
    super()
    this.args = args
  }

  override get() {
    return this.args
  }
}

/** A base class without abstract methods, as in plain JavaScript. */
const Unchecked = DependencyProvider as unknown as new () => object

const at = (property: string, token: unknown, ...args: unknown[]): Injection => ({ property, token, args })

function wired(...injections: Injection[]) {
  const problems: string[] = []
  const { plans, targets } = wire(injections, (problem) => problems.push(problem))
  const names = plans.map(({ provider, args }) => [provider.name, ...args])
  return { names, problems, targets: targets.map(({ injection, plan }) => [injection, plans.indexOf(plan)] as const) }
}

describe('wiring', () => {
  it('wire plans one provider for the same class and arguments, and another for other arguments', () => {
    const { names, targets } = wired(
      at('a', Value, { url: 'x' }),
      at('b', Value, { url: 'x' }),
      at('c', Value, { url: 'y' }),
      at('d', Config),
    )
    expect(names).toEqual([['Value', { url: 'x' }], ['Value', { url: 'y' }], ['Config']])
    expect(targets.map(([, plan]) => plan)).toEqual([0, 0, 1, 2])
  })

  it('wire plans an injected provider before the provider that injects it, and shares it', () => {
    class Pool extends Value {
      @inject(Config) config!: Config
    }
    class Users extends Value {
      @inject(Pool, 'main') pool!: unknown
      @inject(Config) config!: Config
    }
    expect(wired(at('users', Users), at('pool', Pool, 'main')).names).toEqual([['Config'], ['Pool', 'main'], ['Users']])
  })

  it('wire includes the injections that a provider inherits', () => {
    class Base extends Value {
      @inject(Logger) log!: unknown
    }
    class Derived extends Base {}
    expect(wired(at('derived', Derived)).names).toEqual([['LoggerProvider'], ['Derived']])
  })

  it.each([
    [
      'a plain class',
      class Plain {},
      'db asks for Plain, which is not a dependency provider: expected a class that extends DependencyProvider, such as Config or Logger',
    ],
    ['text', 'Config', 'db asks for "Config", which is not'],
    ['an instance', new Value(), 'db asks for {"args":[]}, which is not'],
  ])('wire refuses %s', (_what, token, problem) => {
    const { problems, targets } = wired(at('db', token))
    expect(problems).toEqual([expect.stringContaining(problem)])
    expect(targets).toEqual([])
  })

  it('wire refuses a provider without a get method, which plain JavaScript allows', () => {
    class Silent extends Unchecked {}
    class Users extends Value {
      @inject(Silent) silent!: unknown
    }
    const advice = 'add get() { return ... } to the class; its result is injected'
    expect(wired(at('silent', Silent)).problems).toEqual([
      `silent asks for Silent, which has no method "get": ${advice}`,
    ])
    expect(wired(at('users', Users)).problems).toEqual([
      `Users: silent asks for Silent, which has no method "get": ${advice}`,
    ])
  })

  it('wire accepts a get method that is inherited, or that is a field of each provider', () => {
    class Derived extends Value {}
    class Field extends Unchecked {
      get = () => 5
    }
    class Later extends Field {}
    class Made extends Unchecked {
      constructor() {
        super()
        Object.defineProperty(this, 'get', { value: () => 5 })
      }
    }
    const { problems, names } = wired(at('a', Derived), at('b', Field), at('c', Later), at('d', Made))
    expect(problems).toEqual([])
    expect(names).toEqual([['Derived'], ['Field'], ['Later'], ['Made']])
  })

  it.each([
    ['workerSetup', 'beforeRun'],
    ['workerResult', 'onResult'],
    ['workerTeardown', 'afterRun'],
    ['kill', 'abandon'],
  ])('wire refuses a provider with the old hook %s and names the new one, %s', (old, now) => {
    class Method extends Value {}
    Object.defineProperty(Method.prototype, old, { value() {} })
    class Inherits extends Method {}
    const Field = new Function('Base', `return class Field extends Base { ${old} = () => {} }`)(Value)
    const Assigned = new Function(
      'B',
      `return class Assigned extends B { constructor() { super(); this.${old} = 5 } }`,
    )(Value)
    const { problems, targets } = wired(at('a', Method), at('b', Inherits), at('c', Field), at('d', Assigned))
    expect(problems).toEqual([
      `a: the hook "${old}" of Method was renamed to "${now}"`,
      `b: the hook "${old}" of Inherits was renamed to "${now}"`,
      `c: the hook "${old}" of Field was renamed to "${now}"`,
      `d: the hook "${old}" of Assigned was renamed to "${now}"`,
    ])
    expect(targets).toEqual([])
  })

  it('wire accepts a provider that uses the name of an old hook for something else', () => {
    class Killer extends Value {
      terminate(pid: number) {
        const kill = process.kill
        if (this.args.length === 1) kill(pid, 'SIGKILL')
      }
    }
    expect(wired(at('killer', Killer))).toMatchObject({ problems: [], names: [['Killer']] })
  })

  it('wire names the provider that injects an unknown one', () => {
    class Unknown {}
    class Users extends Value {
      @inject(Unknown) pool!: unknown
    }
    expect(wired(at('users', Users)).problems).toEqual([
      expect.stringContaining('Users: pool asks for Unknown, which is not a dependency provider'),
    ])
  })

  it('wire refuses a cycle of providers and names all of them', () => {
    class Pool extends Value {}
    class Audit extends Value {
      @inject(Pool) pool!: unknown
    }
    class Users extends Value {
      @inject(Audit) audit!: unknown
    }
    inject(Users)(Pool.prototype, 'users')
    expect(wired(at('users', Users)).problems).toEqual([
      'Users -> Audit -> Pool: users closes a cycle of providers (Users -> Audit -> Pool -> Users): remove one of these injections',
    ])
  })

  it('wire refuses a provider that injects into its constructor', () => {
    class Users extends DependencyProvider {
      readonly config: Config

      constructor(@inject(Config) config: Config) {
        super()
        this.config = config
      }
      override get() {}
    }
    expect(wired(at('users', Users)).problems).toEqual([
      'Users injects into its constructor, which takes the arguments of @inject: inject into a property',
    ])
  })
})
