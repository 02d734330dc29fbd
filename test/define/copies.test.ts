import { expect, it } from 'vitest'
import type * as Defining from '../../src/define/define-service.js'
import { defineService } from '../../src/define/define-service.js'
import type * as Decorating from '../../src/define/metadata.js'
import * as metadata from '../../src/define/metadata.js'
import type * as Configuring from '../../src/define/options/from-config.js'
import { fromConfig } from '../../src/define/options/from-config.js'
import { describeExports } from './support.js'

/** Imports a second copy of a module, as happens when a service and the engine import the package by different paths. */
async function copyOf<Module>(path: string): Promise<Module> {
  return (await import(/* @vite-ignore */ new URL(`../../src/define/${path}.ts?copy`, import.meta.url).href)) as Module
}

it('a service that one copy of the package defines is recognised by another copy', async () => {
  const { appendEntrypoint, writeService } = await copyOf<typeof Decorating>('metadata')
  const { defineService: defineCopied } = await copyOf<typeof Defining>('define-service')
  const { fromConfig: fromCopied } = await copyOf<typeof Configuring>('options/from-config')
  expect(appendEntrypoint).not.toBe(metadata.appendEntrypoint)
  expect(defineCopied).not.toBe(defineService)
  expect(fromCopied).not.toBe(fromConfig)

  class Decorated {
    run() {}
  }
  appendEntrypoint(Decorated, { kind: 'timer', method: 'run', interval: fromCopied('INTERVAL', 5), options: undefined })
  writeService(Decorated, 'decorated')
  const defined = defineCopied({ name: 'defined', create: () => ({ run() {} }), rpcs: ['run'] })

  expect(describeExports({ Decorated, defined })).toMatchObject([
    { name: 'decorated', timers: [{ id: 'decorated.run', schedule: { interval: 5_000_000 } }] },
    { name: 'defined', rpcs: [{ id: 'defined.run' }] },
  ])
})
