import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseConfig, readConfigFile } from '../../src/config/config-file.js'

const neverAsked = () => Promise.reject(new Error('no module is to be imported'))

const parse = (text: string, environment: Record<string, string> = {}) => parseConfig(text, 'test.yaml', environment)

describe('placeholders', () => {
  it.each([
    ['a: ${A:100}', {}, 100],
    ['a: ${A:100}', { A: '7' }, 7],
    ['a: ${A}', {}, null],
    ['a: ${A:}', {}, ''],
    ['a: ${A}', { A: '' }, ''],
    ['a: ${A}', { A: 'true' }, true],
    ['a: ${A}', { A: '[1, 2]' }, '[1, 2]'],
    ['a: ${A:[1, 2]}', {}, [1, 2]],
    ['a: ${A}', { A: '"1"' }, '"1"'],
    ['a: ${A:"1"}', {}, '1'],
    ["a: ${A:'1'}", {}, '1'],
    ['a: "${A:5}"', {}, '5'],
    ['a: "${A}"', { A: '9' }, '9'],
    ['a: http://${H:localhost}:${P:80}/x', { P: '8080' }, 'http://localhost:8080/x'],
    ['a: ${A:x_${B:1}}', { B: '2' }, 'x_2'],
    ['a: ${A:https://e.com/{path}}', {}, 'https://e.com/{path}'],
    ['a: ${A:-b}', {}, '-b'],
    ['a: $A', { A: '1' }, '$A'],
    ['a: ${A}', { A: '${B}', B: '3' }, '${B}'],
    ['a: ${A}', { A: '${A}' }, '${A}'],
  ])('reads %s with %j', (text, environment, value) => {
    expect(parse(text, environment as unknown as Record<string, string>)).toEqual({ a: value })
  })
})

describe('a configuration file', () => {
  const inFile = async (name: string, text: string) => {
    const folder = await mkdtemp(join(tmpdir(), 'escapement-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, name), text)
    return join(folder, name)
  }

  it('a configuration file may be YAML or JSON', async () => {
    expect(await readConfigFile(await inFile('a.yaml', 'a: { b: 1 }'), {}, neverAsked)).toEqual({ a: { b: 1 } })
    expect(await readConfigFile(await inFile('a.yml', ''), {}, neverAsked)).toEqual({})
    expect(await readConfigFile(await inFile('a.json', '{"a": "${A:x}"}'), {}, neverAsked)).toEqual({ a: 'x' })
  })

  it.each([
    ['a.yaml', 'a: [1', /a\.yaml: .* at line 1, column 6$/],
    ['a.yaml', 'a: 1\na: 2', /a\.yaml: Map keys must be unique at line 2, column 1$/],
    ['a.yaml', 'a: { b: ${B} }', /at line 1, column \d+: between \{ \} or \[ \] a placeholder needs quotes$/],
    [
      'a.yaml',
      'a: */5 * * * *',
      /at line 1, column \d+: a text that begins with \* needs quotes, such as "\*\/5 \* \* \* \*"/,
    ],
    ['a.yaml', 'a:\n  b: @every 5m', /at line 2, column \d+: a text that begins with @ needs quotes/],
    ['a.yaml', 'a: [*/5 * * * *]', /a text that begins with \* needs quotes/],
    ['a.yaml', 'a: !env_vra "${A}"', /a\.yaml: Unresolved tag: !env_vra at line 1, column 4$/],
    ['a.yaml', '- 1', /expected a mapping of keys to values at the top level/],
    ['a.toml', '', /expected a \.yaml, \.yml, \.json/],
  ])('a configuration file is refused with a reason in one line: %s with %j', async (name, text, reason) => {
    await expect(readConfigFile(await inFile(name, text), {}, neverAsked)).rejects.toThrow(reason)
  })

  it('a configuration file that is not there is named', async () => {
    await expect(readConfigFile('/nowhere/x.yaml', {}, neverAsked)).rejects.toThrow(
      /cannot read the configuration file \/nowhere\/x\.yaml/,
    )
  })

  it('a configuration file never shows what stands in a variable', () => {
    const failure = () => parse('password: !env_var "${PASSWORD}"', { PASSWORD: '[hunter2' })
    expect(failure).toThrow(
      'test.yaml: the value of ${PASSWORD} is not YAML; put the placeholder in quotes ("${PASSWORD}")',
    )
    expect(failure).not.toThrow(/hunter2/)
  })
})
