/**
 * Replaces `${VAR}` and `${VAR:default}` in configuration text, as nameko does. The default starts right after the first
 * colon and may contain placeholders; braces in it must balance. A variable with an empty value counts as set.
 */
import { ConfigError } from '../kernel/errors.js'

export type Environment = Readonly<Record<string, string | undefined>>

/** Undefined when the whole text is one placeholder without a default and its variable is not set. */
export function interpolate(text: string, environment: Environment): string | undefined {
  return expand(text, environment, [])
}

export function hasPlaceholder(text: string): boolean {
  return text.includes('${')
}

function expand(text: string, environment: Environment, within: readonly string[]): string | undefined {
  let result = ''
  let at = 0
  while (at < text.length) {
    const start = text.indexOf('${', at)
    if (start < 0) break
    const end = closingBrace(text, start + 2)
    if (end < 0) break
    result += text.slice(at, start)
    at = end + 1
    const value = resolvePlaceholder(text.slice(start + 2, end), environment, within)
    if (value === undefined && start === 0 && at === text.length) return undefined
    result += value ?? ''
  }
  return result + text.slice(at)
}

function resolvePlaceholder(
  placeholder: string,
  environment: Environment,
  within: readonly string[],
): string | undefined {
  const colon = placeholder.indexOf(':')
  const name = colon < 0 ? placeholder : placeholder.slice(0, colon)
  if (!/^[^{}\s:]+$/.test(name)) return `\${${placeholder}}`
  if (within.includes(name)) {
    throw new ConfigError(
      'ERR_CONFIG_CYCLE',
      `environment variable ${name} refers to itself (${[...within, name].join(' -> ')}); remove the circular reference`,
    )
  }
  const value = environment[name]
  // process.env inherits from Object.prototype: `${constructor}` must not resolve to the inherited function.
  if (typeof value === 'string') return value === `\${${name}}` ? value : expand(value, environment, [...within, name])
  return colon < 0 ? undefined : expand(placeholder.slice(colon + 1), environment, within)
}

function closingBrace(text: string, from: number): number {
  let depth = 1
  for (let at = from; at < text.length; at++) {
    if (text[at] === '{') depth++
    else if (text[at] === '}' && --depth === 0) return at
  }
  return -1
}
