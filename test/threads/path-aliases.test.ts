/** Two packages with their own path aliases, in threads of their own and in one pool. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Supervisor } from '../../dist/src/index.js'
import { systemClock } from '../../dist/src/kernel/clock.js'
import { describeModules } from '../../dist/src/supervise/describe/describe-modules.js'
import { supervise } from '../support/supervised.js'

/** Inside the repository, so that `escapement` is found. */
const HERE = dirname(fileURLToPath(import.meta.url))

interface Package {
  readonly name: string
  readonly pool?: string
  readonly tsconfig: string
}

function write({ name, pool, tsconfig }: Package, folder: string): string {
  const root = join(folder, name)
  mkdirSync(join(root, 'lib'), { recursive: true })
  writeFileSync(join(root, 'tsconfig.json'), tsconfig)
  writeFileSync(join(root, 'lib', 'who.ts'), `export const who: string = '${name}'`)
  const file = join(root, 'service.ts')
  writeFileSync(
    file,
    `import { who } from '@lib/who'
import { defineService } from 'escapement'
export default defineService({ name: '${name}', ${pool ? `pool: '${pool}',` : ''} create: () => ({ ask: (): string => who }), rpcs: ['ask'] })`,
  )
  return file
}

function packages(list: readonly Package[]): string[] {
  const folder = mkdtempSync(join(HERE, '.aliases-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return list.map((one) => write(one, folder))
}

const ALIASES = '{ "compilerOptions": { /* a comment */ "paths": { "@lib/*": ["./lib/*"] } } }'

describe('two packages with path aliases of the same name', () => {
  it('two packages with path aliases of the same name each import their own files on threads of their own', async () => {
    const { supervisor, stop } = await supervise(
      packages([
        { name: 'left', tsconfig: ALIASES },
        { name: 'right', tsconfig: ALIASES },
      ]),
    )
    for (const name of ['left', 'right']) {
      expect(await supervisor.remote<{ ask(): string }>(name, { timeout: '1m' }).ask()).toBe(name)
    }
    await stop()
  })

  it('two packages with path aliases of the same name are described, though there is one describer for both', async () => {
    const modules = packages([
      { name: 'left', tsconfig: ALIASES },
      { name: 'right', tsconfig: ALIASES },
    ])
    const urls = modules.map((module) => pathToFileURL(module).href)
    const services = await describeModules(urls, { config: {}, defaults: {}, services: {} }, systemClock(), 1)
    expect(services.map(({ name }) => name)).toEqual(['left', 'right'])
  })

  it('two packages with path aliases of the same name are refused in one pool, with the reason and what to do', async () => {
    const modules = packages([
      { name: 'left', pool: 'shared', tsconfig: ALIASES },
      { name: 'right', pool: 'shared', tsconfig: ALIASES },
    ])
    const supervisor = new Supervisor({ modules, http: false, config: { escapement: { log: { level: 'silent' } } } })
    const problem = await supervisor.start().catch((error: Error) => error.message)
    expect(problem).toMatch(/right.*the "paths" of .*right.tsconfig\.json cannot be used/)
    expect(problem).toContain('Give the services pools of their own')
  })
})
