/** `escapement completion`: the scripts of the real command line; bash runs its script. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Command, Option } from 'commander'
import { describe, expect, it, onTestFinished } from 'vitest'
import { bashScript } from '../../src/cli/completion/bash.js'
import { commandShapes } from '../../src/cli/completion/command-shapes.js'
import { fishScript } from '../../src/cli/completion/fish.js'
import { zshScript } from '../../src/cli/completion/zsh.js'
import { MAIN } from '../support/cli.js'
import { findServer } from '../support/servers/find-server.js'
import { freePort } from '../support/servers/server-process.js'
import { supervise } from '../support/supervised.js'

const scriptFor = (shell: string) => execFileSync(process.execPath, [MAIN, 'completion', shell], { encoding: 'utf8' })

const bashCode = (script: string, line: string) => `${script}
COMP_WORDS=(${line}); [[ ${JSON.stringify(line)} == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
_escapement
printf '%s\\n' "\${COMPREPLY[@]}"`

/** What bash offers for the last word of a line. */
function offered(script: string, line: string, cwd?: string): string[] {
  const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-c', bashCode(script, line)], {
    encoding: 'utf8',
    cwd,
  })
  expect([stderr, status]).toEqual(['', 0])
  return stdout.split('\n').filter(Boolean)
}

/** The same while this process goes on, so that a supervisor in it can answer. */
async function offeredMeanwhile(script: string, line: string, path: string): Promise<string[]> {
  const env = { ...process.env, PATH: path }
  const shell = spawn('bash', ['--norc', '-c', bashCode(script, line)], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr] = await Promise.all([text(shell.stdout), text(shell.stderr)])
  expect(stderr).toBe('')
  return stdout.split('\n').filter(Boolean)
}

const [zsh, fish] = [await findServer('zsh'), await findServer('fish')]

describe('the completion of bash', () => {
  const script = scriptFor('bash')

  it.each([
    ['escapement sh', ['show-config']],
    ['escapement list --s', ['--set']],
    ['escapement run --log-level w', ['warn']],
    ['escapement completion ', ['bash', 'zsh', 'fish']],
    ['escapement run --host ', []],
    ['escapement --v', ['--version']],
  ])('the completion of bash offers for "%s": %j', (line, words) => {
    expect(offered(script, line)).toEqual(words)
  })

  it('the completion of bash offers every command, and every option of one', () => {
    expect(offered(script, 'escapement ')).toEqual(expect.arrayContaining(['run', 'list', 'plan', 'completion']))
    const options = offered(script, 'escapement run a.mjs --')
    expect(options).toEqual(expect.arrayContaining(['--config', '--no-http', '--watch', '--help']))
  })

  it('the completion of bash offers files as modules and as configurations', () => {
    const folder = mkdtempSync(join(tmpdir(), 'completion-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    for (const name of ['beat one.mjs', 'beat.yaml']) writeFileSync(join(folder, name), '')
    expect(offered(script, 'escapement list be', folder).sort()).toEqual(['beat one.mjs', 'beat.yaml'])
    expect(offered(script, 'escapement run --config beat.', folder)).toEqual(['beat.yaml'])
  })
})

describe('the names of entrypoints', () => {
  const script = scriptFor('bash')
  const TIMER = 'metronome.swing'

  /** What bash offers when `escapement` is in the path. */
  const offeredInPath = async (line: string) => {
    return offeredMeanwhile(script, line, `${binFolder()}:${process.env.PATH}`)
  }

  it('the completion of bash offers the entrypoints of the running supervisor', async () => {
    const { supervisor, stop } = await supervise(['metronome.mjs'], { http: { port: 0 } })
    const url = supervisor.url!
    for (const command of ['why', 'trigger', 'pause', 'resume', 'abort']) {
      expect(await offeredInPath(`escapement ${command} --url ${url} metro`)).toEqual([TIMER])
    }
    expect(await offeredInPath(`escapement why --url ${url} other`)).toEqual([])
    await stop()
  })

  it('offers nothing, and says nothing, when no supervisor answers', async () => {
    expect(await offeredInPath(`escapement why --url http://127.0.0.1:${await freePort()} `)).toEqual([])
    expect(await offeredInPath('escapement why --config /nowhere.yaml ')).toEqual([])
    expect(await offeredInPath('escapement why --url nonsense ')).toEqual([])
  })

  it('a name from the supervisor is never run by the shell', async () => {
    const entrypoints = { at: 0, ends: [], entrypoints: [{ id: '$(touch ran)`touch ran`.x' }] }
    const server = createServer((_, reply) => void reply.end(JSON.stringify(entrypoints))).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const folder = mkdtempSync(join(tmpdir(), 'completion-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const { port } = server.address() as AddressInfo
    const code = `${script}\nCOMP_WORDS=(shim why --url http://127.0.0.1:${port} ''); COMP_CWORD=4\nshim() { ${process.execPath} ${MAIN} "$@"; }\n_escapement; printf '%s\\n' "\${COMPREPLY[@]}"`
    const shell = spawn('bash', ['--norc', '-c', code], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] })
    expect(await text(shell.stdout)).toBe('$(touch ran)`touch ran`.x\n')
    expect(readdirSync(folder)).toEqual([])
  })
})

/** A folder with a command `escapement`. */
function binFolder(): string {
  const bin = mkdtempSync(join(tmpdir(), 'completion-'))
  onTestFinished(() => rmSync(bin, { recursive: true }))
  writeFileSync(join(bin, 'escapement'), `#!/bin/sh\nexec ${process.execPath} ${MAIN} "$@"\n`, { mode: 0o755 })
  return bin
}

/** Runs code in a shell, while this process goes on so that a supervisor in it can answer. */
async function outputOf(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const shell = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr] = await Promise.all([text(shell.stdout), text(shell.stderr)])
  expect(stderr).toBe('')
  return stdout
}

/** What fish offers for the last word of a line. */
async function offeredByFish(line: string): Promise<string[]> {
  const bin = binFolder()
  writeFileSync(join(bin, 'completion.fish'), scriptFor('fish'))
  const code = `source ${bin}/completion.fish; complete -C ${JSON.stringify(line)}`
  const env = { PATH: `${bin}:${process.env.PATH}`, HOME: bin }
  const output = await outputOf(fish!, ['--no-config', '-c', code], env)
  return output
    .split('\n')
    .filter(Boolean)
    .map((offer) => offer.split('\t')[0]!)
}

/** The words of a line after the key Tab in an interactive zsh, which this zsh runs in a terminal. */
async function completedByZsh(line: string): Promise<string[]> {
  const bin = binFolder()
  writeFileSync(join(bin, 'completion.zsh'), scriptFor('zsh'))
  writeFileSync(join(bin, '.zshrc'), ZSHRC)
  const code = `zmodload zsh/zpty
zpty -b inner ${zsh!} -i
zpty -r inner answer '*READY*'
zpty -w -n inner ${JSON.stringify(line)}$'\\t\\n'
zpty -r inner answer '*<<*>>*'
print -r -- $answer`
  const env = { PATH: `${bin}:${process.env.PATH}`, ZDOTDIR: bin, HOME: bin, TERM: 'dumb' }
  const output = await outputOf(zsh!, ['-f', '-c', code], env)
  return /<<(.*)>>/.exec(output)![1]!.split('|')
}

/** `escapement` prints its words, except when the completion asks it for names. */
const ZSHRC = `
autoload -U compinit && compinit -u -D
source $ZDOTDIR/completion.zsh
escapement() {
  if [[ $1 == entrypoint-names ]]; then command escapement "$@"; else print -r -- "<<"\${(j:|:)@}">>"; fi
}
PS1=
precmd() { print REA""DY; precmd() { } }
`

describe('the completion of zsh and fish', () => {
  it.skipIf(!zsh)(
    'zsh completes commands, options, choices and the entrypoints of the running supervisor',
    async () => {
      expect(await completedByZsh('escapement show')).toEqual(['show-config'])
      expect(await completedByZsh('escapement list --conf')).toEqual(['list', '--config'])
      expect(await completedByZsh('escapement run --log-level wa')).toEqual(['run', '--log-level', 'warn'])
      const { supervisor, stop } = await supervise(['metronome.mjs'], { http: { port: 0 } })
      const words = ['why', '--url', supervisor.url!]
      expect(await completedByZsh(`escapement ${words.join(' ')} metro`)).toEqual([...words, 'metronome.swing'])
      await stop()
    },
  )

  it.skipIf(!fish)(
    'fish completes commands, options, choices and the entrypoints of the running supervisor',
    async () => {
      expect(await offeredByFish('escapement show')).toEqual(['show-config'])
      expect(await offeredByFish('escapement list --conf')).toEqual(['--config'])
      expect(await offeredByFish('escapement run --log-level wa')).toEqual(['warn'])
      const { supervisor, stop } = await supervise(['metronome.mjs'], { http: { port: 0 } })
      expect(await offeredByFish(`escapement why --url ${supervisor.url} metro`)).toEqual(['metronome.swing'])
      expect(await offeredByFish(`escapement why --url ${supervisor.url} other`)).toEqual([])
      await stop()
    },
  )

  it.skipIf(!zsh)('zsh reads the script without an error', () => {
    expect(spawnSync(zsh!, ['-n'], { input: scriptFor('zsh'), encoding: 'utf8' })).toMatchObject({
      stderr: '',
      status: 0,
    })
  })

  it.skipIf(!fish)('fish reads the script without an error', () => {
    const folder = mkdtempSync(join(tmpdir(), 'completion-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'escapement.fish')
    writeFileSync(file, scriptFor('fish'))
    const checked = spawnSync(fish!, ['--no-execute', file], { encoding: 'utf8' })
    expect(checked).toMatchObject({ stderr: '', status: 0 })
  })

  it('quotes what a shell would read as its own', () => {
    const program = new Command('escapement')
    program
      .command('try')
      .description("don't: a [test]")
      .argument('<file>', 'x')
      .option('--mode <m>', "it's [one]: or")
      .addOption(new Option('--level <l>', 'how').choices(['a', 'b']))
      .option('--all', 'everything')
    const shapes = commandShapes(program)
    expect(shapes).toMatchObject([
      {
        name: 'try',
        argument: { kind: 'file' },
        options: [
          { flag: '--mode', value: { kind: 'text', name: 'm' } },
          { flag: '--level', value: { kind: 'choice', choices: ['a', 'b'] } },
          { flag: '--all', value: { kind: 'nothing' } },
          { flag: '--help' },
        ],
      },
    ])
    const zsh = zshScript(shapes)
    expect(zsh).toContain("'try:don'\\''t\\: a [test]'")
    expect(zsh).toContain("'--mode[it'\\''s \\[one\\]\\: or]:m:'")
    expect(zsh).toContain("'--level[how]:choice:(a b)'")
    expect(zsh).toContain("'*:file:_files'")
    const fish = fishScript(shapes)
    expect(fish).toContain("-f -a try -d 'don\\'t: a [test]'")
    expect(fish).toContain("-l level -x -a 'a b' -d 'how'")
    expect(offered(bashScript(shapes), 'escapement try --level ')).toEqual(['a', 'b'])
  })
})
