/** `escapement run --watch` with real processes. The numbers in the titles are those of the invariants in cli/watch/watch.ts. */
import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Cli } from '../support/cli.js'

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url))

const MODULE = `
import { Config, defineService } from 'escapement'
import { text } from './text.mjs'
export default defineService({
  name: 'beat',
  dependencies: { config: Config },
  create: ({ config }) => ({ work: () => console.log('SAYS ' + text + ' ' + config.get('NAME')) }),
  timers: { work: { interval: '50ms' } },
})
`

/** A folder with a module, a file that it imports, and a configuration. */
class Project {
  readonly folder = mkdtempSync(join(tmpdir(), 'watch-'))

  constructor() {
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }))
    symlinkSync(join(PACKAGE, 'node_modules'), join(this.folder, 'node_modules'))
    this.write('beat.mjs', MODULE.replace("'escapement'", JSON.stringify(join(PACKAGE, 'dist/src/index.js'))))
    this.write('text.mjs', "export const text = 'one'")
    this.write('config.yaml', 'NAME: Ada')
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text)
  }

  /** As editors save: a new file takes the place of the old one. */
  replace(name: string, text: string): void {
    this.write(`${name}.new`, text)
    renameSync(join(this.folder, `${name}.new`), join(this.folder, name))
  }

  run(): Cli {
    const args = ['run', 'beat.mjs', '--config', 'config.yaml', '--no-http', '--watch']
    return new Cli(args, { cwd: this.folder })
  }
}

describe('escapement run --watch', () => {
  it('1. starts again with the new code after an imported file, and after the configuration has changed', async () => {
    const project = new Project()
    const run = project.run()
    await run.output('stdout', /SAYS one Ada/)
    project.replace('text.mjs', "export const text = 'two'")
    await run.output('stderr', /watch: text\.mjs changed: starting again/)
    await run.output('stdout', /SAYS two Ada/)
    // 2. In good order, and one after the other.
    const [first, second, ...others] = run.log.filter(({ msg }) => msg === 'stopped' || msg === 'ready')
    expect([first?.msg, second?.msg, others.length <= 1]).toEqual(['ready', 'stopped', true])
    expect(second).toMatchObject({ killed: [] })
    project.replace('config.yaml', 'NAME: Grace')
    await run.output('stdout', /SAYS two Grace/)
    run.process.kill('SIGTERM')
    expect((await run.exited).code).toBe(0)
  })

  it('says what is wrong with the new code, and starts when it is mended', async () => {
    const project = new Project()
    const run = project.run()
    await run.output('stdout', /SAYS one/)
    project.replace('text.mjs', 'export const text = ')
    await run.output('stderr', /SyntaxError/)
    await run.output('stderr', /watch: it ended with exit code 78: waiting for a file to change/)
    project.replace('text.mjs', "export const text = 'mended'")
    await run.output('stdout', /SAYS mended Ada/)
    run.process.kill('SIGINT')
    expect((await run.exited).code).toBe(0)
  })

  it('does not start again for a file that is written with the same contents', async () => {
    const project = new Project()
    const run = project.run()
    await run.output('stdout', /SAYS one/)
    project.write('text.mjs', "export const text = 'one'")
    // A later change of another file is seen, and is the only one.
    project.replace('config.yaml', 'NAME: Grace')
    await run.output('stdout', /SAYS one Grace/)
    expect(run.stderr).toContain('watch: config.yaml changed')
    expect(run.stderr).not.toMatch(/text\.mjs.* changed/)
    run.process.kill('SIGTERM')
    await run.exited
  })

  it('5. leaves no process behind when it is killed', async () => {
    const project = new Project()
    const run = project.run()
    await run.output('stdout', /SAYS one/)
    run.process.kill('SIGKILL')
    // Its output is closed when the last process that writes it has ended.
    await run.exited
    expect(run.log).toContainEqual(expect.objectContaining({ msg: 'stopped' }))
    expect(run.stdout).toContain('the process that watches for changes is gone')
  })

  it('4. ends with the exit code of its process when it is told to while that waits for a change', async () => {
    const project = new Project()
    project.write('text.mjs', 'export const text = ')
    const run = project.run()
    await run.output('stderr', /waiting for a file to change/)
    run.process.kill('SIGTERM')
    expect((await run.exited).code).toBe(78)
  })

  it('4. ends when the process has ended by itself without a failure', async () => {
    const project = new Project()
    const run = new Cli(['run', 'beat.mjs', '--config', 'config.yaml', '--no-http', '--watch', '--for', '300ms'], {
      cwd: project.folder,
    })
    expect((await run.exited).code).toBe(0)
    expect(run.stdout).toContain('SAYS one Ada')
  })
})
