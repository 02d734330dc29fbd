import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { describeModule } from '../../src/define/describe.js'
import type { ServiceClass } from '../../src/define/entries.js'
import { entrypointsOf, injectionsOf } from '../../src/define/service-source.js'
import { compileByTypeScript, importByEsbuild, importCode, MODES, type Module, ROOT } from './compile.js'

const FIXTURE = 'test/fixtures/services/decorated.ts'
const SETTINGS = {
  config: { ATTEMPTS: '4' },
  defaults: { timeout: '30s' },
  services: {},
  load: 2,
  host: 'machine-1',
  now: Date.UTC(2026, 0, 5),
}
const TYPESCRIPT_TIMEOUT = 60_000

/** The definitions, functions and injections of the services of a module, in a form that can be compared. */
function readingOf(module: Module) {
  const sources = [module.PlainService, module.default] as ServiceClass[]
  return {
    definitions: describeModule(module, 'file:///decorated.js', SETTINGS),
    functions: sources.map((source) => [...entrypointsOf(source)].map(([method, held]) => [method, Object.keys(held)])),
    injections: sources.map((source) => injectionsOf(source).map((injection) => ({ ...injection, token: 'Log' }))),
  }
}

const source = await readFile(join(ROOT, FIXTURE), 'utf8')
const expected = readingOf(await importByEsbuild(source, 'standard'))

describe('one source compiled by esbuild and TypeScript', () => {
  it('a module defines two services, of which the second adds its own entrypoints to inherited ones', () => {
    const [plain, busy] = expected.definitions
    expect(expected.definitions).toHaveLength(2)
    expect(plain).toMatchObject({
      name: 'plain_service',
      exportName: 'PlainService',
      pool: 'plain_service',
      threads: 1,
    })
    expect(busy).toMatchObject({ name: 'busy-service', exportName: 'default', pool: 'shared', threads: 2, nice: 5 })
    expect(plain!.timers.map(({ id }) => id)).toEqual([
      'plain_service.heartbeat',
      'plain_service.cleanUp',
      'plain_service.count',
      'plain_service.adapt',
      'plain_service.endOfDay',
    ])
    expect(busy!.timers.map(({ method }) => method)).toEqual(plain!.timers.map(({ method }) => method))
    expect(plain!.timers[0]).toMatchObject({ eager: true, schedule: { interval: 30_000_000, align: false } })
    expect(busy!.timers[0]).toMatchObject({ eager: false, schedule: { interval: 2_000_000, align: true } })
    expect(busy!.timers[3]).toMatchObject({
      schedule: { kind: 'adaptive', initial: 60_000_000 },
      retry: { attempts: 4 },
    })
    expect(busy!.rpcs.map(({ id }) => id)).toEqual(['busy-service.status'])
  })

  it('entrypointsOf returns the functions of each timer and nothing else', () => {
    const held = [
      ['heartbeat', []],
      ['cleanUp', []],
      ['count', ['when']],
      ['adapt', ['interval']],
      ['endOfDay', []],
    ]
    expect(expected.functions).toEqual([held, held])
  })

  it('injectionsOf returns the injections of a class and of its base class', () => {
    const wanted = [
      { property: 'log', token: 'Log', args: [] },
      { property: 'audit', token: 'Log', args: ['audit', 1] },
    ]
    expect(expected.injections).toEqual([wanted, wanted])
  })

  it('the definitions of a module survive a structured clone unchanged', () => {
    expect(structuredClone(expected.definitions)).toEqual(expected.definitions)
  })
})

describe.each(MODES)('with %s decorators', (mode) => {
  it(`code that esbuild compiled with ${mode} decorators gives the same services`, async () => {
    expect(readingOf(await importByEsbuild(source, mode))).toEqual(expected)
  })

  it(`TypeScript accepts the source with ${mode} decorators, refuses misplaced ones, and its code gives the same services`, {
    timeout: TYPESCRIPT_TIMEOUT,
  }, async () => {
    const [code] = await compileByTypeScript([FIXTURE, 'test/fixtures/services/misplaced.ts'], mode)
    expect(readingOf(await importCode(code!))).toEqual(expected)
  })
})

describe('injection into a constructor', () => {
  const fixture = 'test/fixtures/services/injected.ts'

  it('constructor injection needs @inject when the compiler emits no types, as esbuild does', async () => {
    const { Base, Derived, Other, Log } = await importByEsbuild(await readFile(join(ROOT, fixture), 'utf8'), 'legacy')
    const audit = { parameter: 0, token: Log, args: ['audit'] }
    expect(injectionsOf(Base as ServiceClass)).toEqual([audit])
    expect(injectionsOf(Derived as ServiceClass)).toEqual([audit])
    expect(injectionsOf(Other as ServiceClass)).toEqual([{ parameter: 1, token: Log, args: [] }])
  })

  it('constructor injection works by type with emitDecoratorMetadata, except for built-in types', {
    timeout: TYPESCRIPT_TIMEOUT,
  }, async () => {
    const [code] = await compileByTypeScript([fixture], 'legacy', { emitDecoratorMetadata: true })
    const { Base, Derived, Other, Config, Log } = await importCode(code!)
    const ofBase = [
      { parameter: 0, token: Log, args: ['audit'] },
      { parameter: 1, token: Config, args: [], isByType: true },
    ]
    expect(injectionsOf(Base as ServiceClass)).toEqual(ofBase)
    expect(injectionsOf(Derived as ServiceClass)).toEqual(ofBase)
    expect(injectionsOf(Other as ServiceClass)).toEqual([
      { parameter: 0, token: Config, args: [], isByType: true },
      { parameter: 1, token: Log, args: [] },
    ])
  })
})
