/** Modules that are described on one real thread, and what happens when one of them is to blame for its end. */
import { pathToFileURL } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../dist/src/kernel/clock.js'
import { DefinitionError } from '../../dist/src/kernel/errors.js'
import { describeModules } from '../../dist/src/supervise/describe/describe-modules.js'
import { VirtualClock } from '../../dist/src/testing/index.js'
import { fixture } from '../support/supervised.js'

const NOTHING = { config: {}, defaults: {}, services: {} }

/** The names of the services that the modules define, with one describer for all. */
async function namesOn(width: number, modules: readonly string[], clock = systemClock()): Promise<string[]> {
  const urls = modules.map((module) => pathToFileURL(fixture(module)).href)
  return (await describeModules(urls, NOTHING, clock, width)).map(({ name }) => name)
}

async function problemsOn(
  width: number,
  modules: readonly string[],
  clock = systemClock(),
): Promise<readonly string[]> {
  const error = await namesOn(width, modules, clock).catch((thrown: unknown) => thrown)
  if (!(error instanceof DefinitionError)) throw new Error(`a DefinitionError was expected, not ${String(error)}`)
  return error.problems
}

describe('modules that share a describer', () => {
  it('services come in the order of their modules, whichever thread describes them', async () => {
    const modules = ['waits-in-import.mjs', 'plain.mjs', 'only-one-first.mjs']
    const names = ['waits', 'plain', 'only_one_first']
    for (const width of [1, 2, 3]) expect(await namesOn(width, modules)).toEqual(names)
  })

  it('a module that throws when it is imported is refused, and the others are not', async () => {
    const problems = await problemsOn(1, ['plain.mjs', '../broken/throws-on-import.mjs', 'only-one-first.mjs'])
    expect(problems).toEqual([expect.stringMatching(/throws-on-import\.mjs cannot be imported: Error: not today/)])
  })

  it('a module that calls process.exit is named, and the modules before and after it are not', async () => {
    const problems = await problemsOn(1, ['plain.mjs', '../broken/exits-on-import.mjs', 'only-one-first.mjs'])
    expect(problems).toEqual([
      expect.stringMatching(
        /exits-on-import\.mjs: importing it ended the thread \(exit code 3; does it call process\.exit/,
      ),
    ])
  })

  it('a module is not blamed when another one ends the thread that both share', async () => {
    expect(await namesOn(1, ['../broken/exits-after-import.mjs', 'waits-in-import.mjs', 'plain.mjs'])).toEqual([
      'exits_later',
      'waits',
      'plain',
    ])
  })

  it('modules that cannot be imported on one thread are described on threads of their own', async () => {
    expect(await namesOn(1, ['only-one-first.mjs', 'plain.mjs', 'only-one-second.mjs'])).toEqual([
      'only_one_first',
      'plain',
      'only_one_second',
    ])
  })

  it('a module that never finishes loading is named after 5 s on the shared thread and 30 s on its own', async () => {
    const clock = new VirtualClock()
    const hangs = new BroadcastChannel('escapement-test-hangs-on-import')
    onTestFinished(() => hangs.close())
    const limits = [5_000_000, 30_000_000]
    hangs.onmessage = () => void clock.advance(limits.shift()!)
    const problems = await problemsOn(1, ['plain.mjs', '../broken/hangs-on-import.mjs', 'only-one-first.mjs'], clock)
    expect(problems).toEqual([expect.stringMatching(/hangs-on-import\.mjs: had not finished importing after 30s/)])
    expect(limits).toEqual([])
  })
})
