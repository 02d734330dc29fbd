import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { applySetting, parseConfig, readConfigFile } from '../../src/supervise/config-file.js'
import { parseSettings } from '../../src/supervise/settings.js'

const parse = (text: string, environment: Record<string, string> = {}) => parseConfig(text, 'test.yaml', environment)

describe('placeholders', () => {
  it.each([
    ['a: ${A:100}', {}, 100],
    ['a: ${A:100}', { A: '7' }, 7],
    ['a: ${A}', {}, null],
    ['a: ${A:}', {}, null],
    ['a: ${A}', { A: 'true' }, true],
    ['a: ${A}', { A: '[1, 2]' }, [1, 2]],
    ['a: ${A}', { A: '"1"' }, '1'],
    ['a: "${A:5}"', {}, '5'],
    ['a: "${A}"', { A: '9' }, '9'],
    ['a: http://${H:localhost}:${P:80}/x', { P: '8080' }, 'http://localhost:8080/x'],
    ['a: ${A:x_${B:1}}', { B: '2' }, 'x_2'],
    ['a: ${A:https://e.com/{path}}', {}, 'https://e.com/{path}'],
    ['a: ${A:-b}', {}, '-b'],
    ['a: $A', { A: '1' }, '$A'],
    ['a: ${A}', { A: '${B}', B: '3' }, 3],
    ['a: ${A}', { A: '${A}' }, '${A}'],
  ])('reads %s with %j', (text, environment, value) => {
    expect(parse(text, environment as unknown as Record<string, string>)).toEqual({ a: value })
  })

  it('refuses variables that refer to each other in a circle', () => {
    expect(() => parse('a: ${A}', { A: '${B}', B: '${A}' })).toThrow(/A -> B -> A/)
  })
})

describe('a configuration file', () => {
  const inFile = async (name: string, text: string) => {
    const folder = await mkdtemp(join(tmpdir(), 'escapement-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, name), text)
    return join(folder, name)
  }

  it('may be YAML, JSON or a module', async () => {
    expect(await readConfigFile(await inFile('a.yaml', 'a: { b: 1 }'), {})).toEqual({ a: { b: 1 } })
    expect(await readConfigFile(await inFile('a.json', '{"a": "${A:x}"}'), {})).toEqual({ a: 'x' })
    expect(await readConfigFile(await inFile('a.mjs', 'export default { a: 1 + 1 }'), {})).toEqual({ a: 2 })
  })

  it.each([
    ['a.yaml', 'a: [1', /a\.yaml: .*at line 1/],
    ['a.yaml', '- 1', /expected a mapping of keys to values at the top level/],
    ['a.toml', '', /expected a \.yaml, \.yml, \.json/],
    ['a.mjs', 'throw new Error("no")', /cannot be imported: no/],
  ])('is refused with a reason: %s with %j', async (name, text, reason) => {
    await expect(readConfigFile(await inFile(name, text), {})).rejects.toThrow(reason)
  })

  it('that is not there is named', async () => {
    await expect(readConfigFile('/nowhere/x.yaml', {})).rejects.toThrow(
      /cannot read the configuration file \/nowhere\/x\.yaml/,
    )
  })
})

describe('--set', () => {
  it('sets nested values, parsed as YAML, and leaves the rest alone', () => {
    const config = { a: { b: 1, c: 2 }, d: 3 }
    expect(applySetting(config, 'a.b=[7]')).toEqual({ a: { b: [7], c: 2 }, d: 3 })
    expect(applySetting(config, 'x.y=text')).toEqual({ ...config, x: { y: 'text' } })
    expect(config).toEqual({ a: { b: 1, c: 2 }, d: 3 })
  })
})

describe('the settings of the supervisor', () => {
  it('have defaults', () => {
    expect(parseSettings({})).toMatchObject({
      http: { host: '127.0.0.1', port: 9464 },
      log: { level: 'info' },
      shutdown: { drain: 10_000_000 },
    })
  })

  it.each([
    [
      { http: { prot: 1 } },
      'configuration: escapement.http.prot is not known, did you mean "port"? (known: host, port)',
    ],
    [{ log: { level: 'loud' } }, /escapement\.log\.level: .*"trace"\|"debug".*got "loud"/],
    [
      { shutdown: { drain: 'x' } },
      /escapement\.shutdown\.drain: expected seconds or a duration such as "10s", got "x"/,
    ],
    [3, /configuration: escapement: .*got 3/],
  ])('are refused with a reason: %j', (given, reason) => {
    expect(() => parseSettings(given)).toThrow(reason)
  })
})
