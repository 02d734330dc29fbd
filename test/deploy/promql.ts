/** Which metrics and labels a PromQL expression names. It reads; promtool says whether the expression is correct. */

export interface Matcher {
  readonly label: string
  readonly operator: '=' | '!=' | '=~' | '!~'
  readonly value: string
}

export interface Selector {
  readonly metric: string
  readonly matchers: readonly Matcher[]
}

export interface Query {
  readonly selectors: readonly Selector[]
  /** Labels of `by`, `on`, `group_left` and the like. */
  readonly grouping: readonly string[]
  /** Labels that label_replace makes. */
  readonly made: readonly string[]
}

const STRING = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/
const MATCHER = new RegExp(String.raw`([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*(${STRING.source})`, 'g')
const GROUPING = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g
const SELECTOR = /([a-zA-Z_:][\w:]*)\s*(?:\{([^}]*)\})?(?!\s*\(|[\w:{])/g
const WORDS = new Set(['and', 'or', 'unless', 'bool', 'offset', 'by', 'on', 'inf', 'nan', 'start', 'end'])

export function readQuery(expression: string): Query {
  const made = [...expression.matchAll(new RegExp(String.raw`,\s*(${STRING.source})\s*,\s*"\$1"`, 'g'))].map((match) =>
    match[1]!.slice(1, -1),
  )
  const grouping = [...expression.matchAll(GROUPING)].flatMap((match) =>
    match[1]!.split(',').map((name) => name.trim()),
  )
  // Strings outside of braces, groupings, and ranges name no metric.
  const bare = expression
    .replace(GROUPING, ' ')
    .replace(/\[[^\]]*\]/g, ' ')
    .replace(/\{[^}]*\}|"(?:[^"\\]|\\.)*"/g, (found) => (found.startsWith('{') ? found : ' '))
  const selectors = [...bare.matchAll(SELECTOR)]
    .filter(([, name]) => !WORDS.has(name!.toLowerCase()))
    .map(([, metric, braces = '']) => ({ metric: metric!, matchers: readMatchers(braces) }))
  return { selectors, grouping: grouping.filter(Boolean), made }
}

function readMatchers(braces: string): Matcher[] {
  return [...braces.matchAll(MATCHER)].map(([, label, operator, value]) => ({
    label: label!,
    operator: operator as Matcher['operator'],
    value: value!.slice(1, -1),
  }))
}
