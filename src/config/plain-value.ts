/**
 * What text from outside becomes in a configuration.
 *
 * Text from the environment stays text, except `true`, `false`, `null` and numbers that print back the same. A default and the
 * value of `--set` follow the same rule, and may also give a list (`[...]`), a mapping (`{...}`) or quoted text.
 */
import { parse } from 'yaml'

/** A value from the environment: nothing in it is syntax, so that a password of any characters stays what it is. */
export function plainValue(text: string): unknown {
  if (text === 'true') return true
  if (text === 'false') return false
  if (text === 'null') return null
  const number = Number(text)
  return Number.isFinite(number) && String(number) === text ? number : text
}

/**
 * A value that is written where the configuration is: a default, or `--set`.
 *
 * @throws YAMLParseError when it begins as a list, a mapping or quoted text and does not end as one.
 */
export function writtenValue(text: string): unknown {
  const trimmed = text.trim()
  return /^(\[.*\]|\{.*\}|".*"|'.*')$/s.test(trimmed) ? parse(trimmed, { prettyErrors: false }) : plainValue(text)
}
