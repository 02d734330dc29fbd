import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/config-file.js'
import { applySetting } from '../../src/config/config-set.js'

const fromEnvironment = (value: string, yaml = 'P: ${P}') => parseConfig(yaml, 'test.yaml', { P: value }).P

/** Texts that YAML would read as something else, cut short, or refuse. */
const TEXTS = [
  ...[
    '#abc',
    'ab #cd',
    '!x',
    '!!str x',
    '&a',
    '*a',
    '*/5 * * * *',
    'a: b',
    'a:b',
    ': a',
    '- a',
    '-',
    '? a',
    '| a',
    '> a',
  ],
  ...['0123', '00', '0x10', '0o17', '0b1', '1_000', '1e3', '1E3', '1.0', '1.50', '.5', '5.', '+1', '-0', '1e400'],
  ...[
    '123456789012345678901',
    '9007199254740993',
    '1.23456789012345678',
    'Infinity',
    '-Infinity',
    'NaN',
    '.inf',
    '.nan',
  ],
  ...['True', 'TRUE', 'False', 'yes', 'no', 'on', 'off', 'y', 'n', 'Null', 'NULL', '~', 'none', 'undefined'],
  ...[
    '[1, 2]',
    '[',
    ']',
    '{a: 1}',
    '{',
    '}',
    '"quoted"',
    "'quoted'",
    '"',
    "'",
    '%',
    '@x',
    '`x`',
    '${X}',
    'a${b}c',
    '$',
    '\\',
  ],
  ...['2026-01-05', '12:30:45', ' leading', 'trailing ', ' ', '', '\t', 'a\nb', '---', '...', '<<', '=', 'é', '😀'],
]

describe('a value from the environment', () => {
  it('is tried with at least sixty texts', () => {
    expect(new Set(TEXTS).size).toBeGreaterThanOrEqual(60)
  })

  it.each(TEXTS)('stays the text %j', (text) => {
    expect(fromEnvironment(text)).toBe(text)
    expect(fromEnvironment(text, 'P: "${P}"')).toBe(text)
    expect(fromEnvironment(text, 'P: !raw_env_var ${P}')).toBe(text)
  })

  it.each([
    ['true', true],
    ['false', false],
    ['null', null],
    ['0', 0],
    ['7', 7],
    ['-7', -7],
    ['1.5', 1.5],
    ['-0.25', -0.25],
    ['9007199254740991', 9_007_199_254_740_991],
    ['1e+21', 1e21],
  ])('%s becomes a value, and stays text in quotes', (text, value) => {
    expect(fromEnvironment(text)).toBe(value)
    expect(fromEnvironment(text, 'P: "${P}"')).toBe(text)
  })

  it('survives for any password, in text around it too', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (password) => {
        const value = fromEnvironment(password)
        expect(typeof value === 'string' ? value : String(value)).toBe(password)
        expect(fromEnvironment(password, 'P: "${P}"')).toBe(password)
        expect(fromEnvironment(password, 'P: redis://:${P}@host')).toBe(`redis://:${password}@host`)
      }),
    )
  })

  it('survives for random bytes as a shell passes them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), (bytes) => {
        const password = Buffer.from(bytes).toString('latin1').replaceAll('\0', '0')
        expect(fromEnvironment(password, 'P: "${P}"')).toBe(password)
      }),
    )
  })
})

describe('a default and a value of --set', () => {
  it.each([
    ['[1, two]', [1, 'two']],
    ['{ a: 1 }', { a: 1 }],
    ['"12"', '12'],
    ["'12'", '12'],
    ['12', 12],
    ['0123', '0123'],
    ['true', true],
    ['yes', 'yes'],
    ['#1', '#1'],
    ['*/5 * * * *', '*/5 * * * *'],
  ])('read %s alike', (text, value) => {
    expect(applySetting({}, `P=${text}`)).toEqual({ P: value })
    if (!text.startsWith('{') && !/[#*]/.test(text))
      expect(parseConfig(`P: \${P:${text}}`, 'f', {})).toEqual({ P: value })
  })
})
