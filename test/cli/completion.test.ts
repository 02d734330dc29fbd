/** `escapement completion`: the scripts of the real command line; bash runs its script. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { describe, expect, it, onTestFinished } from 'vitest'
import { bashScript } from '../../src/cli/completion/bash.js'
import { commandShapes } from '../../src/cli/completion/command-shapes.js'
import { fishScript } from '../../src/cli/completion/fish.js'
import { zshScript } from '../../src/cli/completion/zsh.js'
import { MAIN } from '../support/cli.js'
import { findServer } from '../support/servers/find-server.js'

const scriptFor = (shell: string) => execFileSync(process.execPath, [MAIN, 'completion', shell], { encoding: 'utf8' })

/** What bash offers for the last word of a line. */
function offered(script: string, line: string, cwd?: string): string[] {
  const code = `${script}
COMP_WORDS=(${line}); [[ ${JSON.stringify(line)} == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
_escapement
printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-c', code], { encoding: 'utf8', cwd })
  expect([stderr, status]).toEqual(['', 0])
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

describe('the completion of zsh and fish', () => {
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
