/**
 * What nameko's own tests say about the environment in YAML (test/cli/test_main.py, with the `regex` package, without
 * which it refuses nested placeholders), and what we make of the same files. Where we mean to differ, the row says why.
 */
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/config-file.js'

type Environment = Readonly<Record<string, string>>
type Row = readonly [what: string, yaml: string, environment: Environment, config: unknown]

const list = (first: string) => `FOO: ${first}\nBAR:\n  - 1\n  - 2\n  - 3\n`
const items = (...values: string[]) => `FOO:\n${values.map((value) => `  - BAR: ${value}\n`).join('')}`
const PLAIN = { INT: '1', FLOAT: '1.1', BOOL: 'true' }
const TYPED = { FOO: [{ BAR: 1 }, { BAR: 1.1 }, { BAR: true }] }
const TEXTS = { FOO: [{ BAR: '1' }, { BAR: '1.1' }, { BAR: 'true' }] }

const SAME: readonly Row[] = [
  ['no default and no variable is null', 'FOO: ${BAR}', {}, { FOO: null }],
  ['the default stands in for a variable', 'FOO: ${BAR:foo}', {}, { FOO: 'foo' }],
  ['the variable is taken', 'FOO: ${BAR}', { BAR: 'bar' }, { FOO: 'bar' }],
  ['the variable goes before the default', 'FOO: ${BAR:foo}', { BAR: 'bar' }, { FOO: 'bar' }],
  [
    'each line is filled in',
    'FOO: ${BAR:foo}\nBAR: ${FOO:bar}',
    { BAR: 'bar', FOO: 'foo' },
    { FOO: 'bar', BAR: 'foo' },
  ],
  ['a tagged scalar is filled in', 'FOO: !env_var "${BAR:foo}"', { BAR: 'bar' }, { FOO: 'bar' }],
  ['a raw scalar stays text', 'FOO: !raw_env_var "${BAR}"', { BAR: '123.0' }, { FOO: '123.0' }],
  ['a $ without braces means nothing', 'FOO: $bar', {}, { FOO: '$bar' }],
  [
    'one scalar may have several placeholders',
    'FOO: http://${BAR:foo}/${FOO:bar}',
    { BAR: 'bar', FOO: 'foo' },
    { FOO: 'http://bar/foo' },
  ],
  ['defaults have types', items('${INT:1}', '${FLOAT:1.1}', '${BOOL:true}'), {}, TYPED],
  ['variables have types', items('${INT}', '${FLOAT}', '${BOOL}'), PLAIN, TYPED],
  ['quoted defaults are text', items('${INT:"1"}', '${FLOAT:"1.1"}', '${BOOL:"true"}'), {}, TEXTS],
  [
    'quotes inside of a tagged scalar make text',
    items(`!env_var "'\${INT}'"`, `!env_var "'\${FLOAT}'"`, `!env_var "'\${BOOL}'"`),
    PLAIN,
    TEXTS,
  ],
  [
    'the items of a list are filled in',
    'FOO:\n  - ${INT_1}\n  - ${INT_2}\n  - ${INT_3}\nBAR:\n  - 1\n',
    { INT_1: '1', INT_2: '2', INT_3: '3' },
    { FOO: [1, 2, 3], BAR: [1] },
  ],
  [
    'a tagged variable may be a list',
    list('!env_var "${LIST}"'),
    { LIST: '[1,2,3]' },
    { FOO: [1, 2, 3], BAR: [1, 2, 3] },
  ],
  ['a default may be a list', list('${LIST:[1,2,3]}'), {}, { FOO: [1, 2, 3], BAR: [1, 2, 3] }],
  [
    'a variable that names itself is left alone',
    list('${VAR1}'),
    { VAR1: '${VAR1}' },
    { FOO: '${VAR1}', BAR: [1, 2, 3] },
  ],
  // The rows that nameko uses to tell nested placeholders from others.
  ['a default alone is not nested', 'FOO: ${FOO:foo}', {}, { FOO: 'foo' }],
  ['two defaults are not nested', 'FOO: ${FOO:foo}-${BAR:bar}', {}, { FOO: 'foo-bar' }],
  ['two lines are not nested', 'FOO: ${FOO:foo}\nBAR: ${BAR:bar}', {}, { FOO: 'foo', BAR: 'bar' }],
  ['a $ in a default is not nested', 'FOO: ${FOO:$123}-${BAR:bar}', {}, { FOO: '$123-bar' }],
  ['a default may have a default', 'FOO: ${FOO:val_${INDICE:1}}\nBAR: bar', {}, { FOO: 'val_1', BAR: 'bar' }],
  ['a $ in the inner default means nothing', 'FOO: ${FOO:val_${INDICE:$1}}', {}, { FOO: 'val_$1' }],
  ['an inner variable that is not set is empty', 'FOO: ${FOO:val_${INDICE}}', {}, { FOO: 'val_' }],
  ['a $ may be in a name', 'FOO: ${FOO:val_${IN$ICE}}', { IN$ICE: 'x' }, { FOO: 'val_x' }],
  // The recursive ones.
  ['the outer variable makes its default moot', 'FOO: ${FOO:val_${INDICE:1}}', { FOO: 'val_a' }, { FOO: 'val_a' }],
  ['the inner variable goes before its default', 'FOO: ${FOO:val_${INDICE:1}}', { INDICE: 'b' }, { FOO: 'val_b' }],
  ['the inner variable needs no default', 'FOO: ${FOO:val_${INDICE}}', { INDICE: 'b' }, { FOO: 'val_b' }],
  ['braces in a default balance', 'FOO: ${FOO:"{name} {age}"}', {}, { FOO: '{name} {age}' }],
  ['braces in a variable are its own', 'FOO: ${FOO:"{name} {age}"}', { FOO: '{surname}' }, { FOO: '{surname}' }],
]

/** What its pattern for placeholders finds in a text (TestConfigEnvironmentParser), seen from outside. */
const MATCHED: readonly Row[] = [
  ['text without one', 'FOO: raw', {}, { FOO: 'raw' }],
  ['one without a default', 'FOO: ${VAR_NAME}', { VAR_NAME: 'x' }, { FOO: 'x' }],
  ['one with a default', 'FOO: ${VAR_NAME:default}', {}, { FOO: 'default' }],
  ['two with defaults', 'FOO: ${VAR_NAME1:default1}_${VAR_NAME2:default2}', {}, { FOO: 'default1_default2' }],
  ['braces in the default', 'FOO: ${VAR_NAME:my-{template}-x}', {}, { FOO: 'my-{template}-x' }],
  ['one in the default', 'FOO: ${VAR_NAME:my-${OTHER_VAR}-x}', { OTHER_VAR: 'o' }, { FOO: 'my-o-x' }],
  ['one in text', 'FOO: my-${OTHER_VAR}-x', { OTHER_VAR: 'o' }, { FOO: 'my-o-x' }],
  ['a default in the default', 'FOO: ${VAR_NAME:my-${OTHER_VAR:1}-x}', {}, { FOO: 'my-1-x' }],
  ['a default in text', 'FOO: my-${OTHER_VAR:1}-x', {}, { FOO: 'my-1-x' }],
]

/** Not in its table, but in its code. */
const UNTESTED: readonly Row[] = [
  ['a variable that is set to nothing goes before the default', 'FOO: ${BAR:foo}', { BAR: '' }, { FOO: '' }],
  ['the default begins after the first colon', 'FOO: ${BAR:-b:c}', {}, { FOO: '-b:c' }],
  ['a key may be a placeholder', '${BAR:foo}: 1', {}, { foo: 1 }],
  ['a name has no spaces', 'FOO: ${a b}', {}, { FOO: '${a b}' }],
  ['a raw scalar needs no quotes', 'FOO: !raw_env_var ${BAR}', { BAR: 'on: [' }, { FOO: 'on: [' }],
  ['a raw scalar whose variable is not set is empty', 'FOO: !raw_env_var "${BAR}"', {}, { FOO: '' }],
  ['what every object has is no variable', 'FOO: ${constructor:1}', {}, { FOO: 1 }],
  ['a tag without a placeholder means nothing', 'FOO: !env_var "1"', {}, { FOO: '1' }],
]

/** Where we mean to differ. */
const DIFFERENT: readonly Row[] = [
  // nameko leaves `${BAR:foo}` as it stands. We fill it in, because between { } YAML wants the quotes:
  // `http: { host: "${HOST:}" }`. A default that is meant to be read literally has no use in a configuration.
  ['a quoted scalar is filled in', 'FOO: "${BAR:foo}"', { BAR: 'bar' }, { FOO: 'bar' }],
  ['so is one in single quotes', "FOO: '${BAR:foo}'", {}, { FOO: 'foo' }],
  // Quotes mean text to everyone who writes YAML; `!env_var` says otherwise, as in nameko.
  ['and stays text', 'FOO: "${BAR:1}"', {}, { FOO: '1' }],
  ['a block scalar is text too', 'FOO: |\n  ${BAR:1}\n', {}, { FOO: '1\n' }],
  // nameko reads the value of a variable as YAML. Ours stays text unless it is plainly something else: a password such as
  // `#abc` or `0123` must not become null or 123. `!env_var` reads it as YAML.
  ['a list in a variable is text', 'FOO: ${LIST}', { LIST: '[1,2,3]' }, { FOO: '[1,2,3]' }],
  ['a list in a tagged variable is a list', 'FOO: !env_var "${LIST}"', { LIST: '[1,2,3]' }, { FOO: [1, 2, 3] }],
  ['a mapping in a variable is text', 'FOO: ${DICT}', { DICT: "{'one': 1}" }, { FOO: "{'one': 1}" }],
  ['quotes in a variable belong to it', 'FOO: ${BAR}', { BAR: '"1"' }, { FOO: '"1"' }],
  ['True is text', 'FOO: ${BAR}', { BAR: 'True' }, { FOO: 'True' }],
  // nameko goes on to replace what looks like a placeholder in the value of a variable.
  ['a placeholder in a variable is text', 'FOO: ${BAR}', { BAR: '${BAZ:3}' }, { FOO: '${BAZ:3}' }],
  // YAML 1.1 (Python) takes these for booleans, YAML 1.2 (ours) for text: no country code becomes `false`.
  ['yes, no, on and off are text', 'FOO: ${BAR:no}', {}, { FOO: 'no' }],
]

describe('the environment in YAML, as nameko tests it', () => {
  it.each([...SAME, ...MATCHED])('%s', (_what, yaml, environment, config) => {
    expect(parseConfig(yaml, 'config.yaml', environment)).toEqual(config)
  })
})

describe('the environment in YAML, as nameko does it untested', () => {
  it.each(UNTESTED)('%s', (_what, yaml, environment, config) => {
    expect(parseConfig(yaml, 'config.yaml', environment)).toEqual(config)
  })
})

describe('the environment in YAML, other than in nameko', () => {
  it.each(DIFFERENT)('%s', (_what, yaml, environment, config) => {
    expect(parseConfig(yaml, 'config.yaml', environment)).toEqual(config)
  })
})
