/** Runs the code blocks of the README, and compares its options and metrics with the source. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/config-file.js'
import { splitConfig } from '../../src/config/settings.js'
import { METRICS } from '../../src/observe/metric-table.js'
import { Cli, cli } from '../support/cli.js'

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const HERE = dirname(fileURLToPath(import.meta.url))

const blocks = (language: string) =>
  [...README.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map((match) => match[1]!)

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(HERE, '.readme-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function write(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

describe('the README', () => {
  it.each([
    ['beat.ts', 'ts'],
    ['beat.mjs', 'js'],
  ])('the first service (%s) of the README ticks', async (name, language) => {
    const run = cli('run', write(name, blocks(language)[0]!), '--no-http')
    await run.output('stdout', /"counter":3,.*"beat"/)
    run.process.kill('SIGTERM')
    expect(await run.exited).toMatchObject({ code: 0 })
  })

  it('the library example of the README works', async () => {
    write('beat.ts', blocks('ts')[0]!)
    const library = blocks('ts').find((block) => block.includes('new Supervisor'))!
    const program = library.replace('// ...\n', "await new Promise((resolve) => supervisor.on('run.ended', resolve))\n")
    const run = new Cli([], { cwd: folder, program: write('library.mjs', program) })
    const { code, stdout } = await run.exited
    expect(stdout).toContain('beat.work completed')
    expect(code).toBe(0)
  })

  it('the configuration in the README is accepted', () => {
    const { settings, user } = splitConfig(parseConfig(blocks('yaml')[0]!, 'README.md', {}))
    expect(user).toEqual({ SYNC_BATCH_SIZE: 100 })
    expect(settings.services).toEqual({ beat: { threads: 4, nice: 10 } })
  })

  it('the README names all metrics and no others', () => {
    const named = new Set([...README.matchAll(/escapement_[a-z_]+[a-z]/g)].map((match) => match[0]))
    const existing = Object.values(METRICS).map(({ name }): string => name)
    expect([...named].filter((name) => !existing.includes(name))).toEqual([])
    expect(existing.filter((name) => !named.has(name))).toEqual(['escapement_build_info'])
  })

  it('the README lists every option of a timer', () => {
    const source = readFileSync(new URL('../../src/define/options/option-types.ts', import.meta.url), 'utf8')
    const options = [...source.matchAll(/^ {2}(?:readonly )?(\w+)\?[:(]/gm)].map((match) => match[1]!)
    const section = README.slice(README.indexOf('## Timer options'), README.indexOf('## Service options'))
    expect(options.length).toBeGreaterThan(12)
    expect(options.filter((name) => !section.includes(`\`${name}\``) && name !== 'timezone')).toEqual([])
  })
})
