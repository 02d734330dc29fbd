/**
 * Replaces `${VAR}` and `${VAR:default}` in configuration text, as nameko does. The default starts right after the first
 * colon and may contain placeholders; braces in it must balance. A variable with an empty value counts as set, and the value of
 * a variable is never searched for placeholders.
 */
export type Environment = Readonly<Record<string, string | undefined>>

export type Interpolated =
  /** The whole text is one placeholder without a default, and its variable is not set. */
  | { readonly from: 'nothing' }
  /** The whole text is one placeholder, replaced by its default. */
  | { readonly from: 'default'; readonly text: string }
  /** The value of a variable, or text with placeholders in it. */
  | { readonly from: 'environment'; readonly text: string }

export function interpolate(text: string, environment: Environment): Interpolated {
  let result = ''
  let at = 0
  while (at < text.length) {
    const start = text.indexOf('${', at)
    if (start < 0) break
    const end = closingBrace(text, start + 2)
    if (end < 0) break
    result += text.slice(at, start)
    at = end + 1
    const value = resolvePlaceholder(text.slice(start + 2, end), environment)
    if (start === 0 && at === text.length) return value
    if ('text' in value) result += value.text
  }
  return { from: 'environment', text: result + text.slice(at) }
}

export function hasPlaceholder(text: string): boolean {
  return text.includes('${')
}

function resolvePlaceholder(placeholder: string, environment: Environment): Interpolated {
  const colon = placeholder.indexOf(':')
  const name = colon < 0 ? placeholder : placeholder.slice(0, colon)
  if (!/^[^{}\s:]+$/.test(name)) return { from: 'environment', text: `\${${placeholder}}` }
  // process.env inherits from Object.prototype: `${constructor}` must not resolve to the inherited function.
  const value = environment[name]
  if (typeof value === 'string') return { from: 'environment', text: value }
  if (colon < 0) return { from: 'nothing' }
  const written = placeholder.slice(colon + 1)
  if (!hasPlaceholder(written)) return { from: 'default', text: written }
  const inner = interpolate(written, environment)
  return inner.from === 'nothing' ? { from: 'default', text: '' } : inner
}

function closingBrace(text: string, from: number): number {
  let depth = 1
  for (let at = from; at < text.length; at++) {
    if (text[at] === '{') depth++
    else if (text[at] === '}' && --depth === 0) return at
  }
  return -1
}
