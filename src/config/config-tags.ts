/** The YAML tags of nameko for scalars with placeholders, and what becomes of a scalar under each. */
import type { ScalarTag } from 'yaml'

/** Filled in and parsed again, though it is quoted: `!env_var "${PORT:80}"` is a number. */
export const PARSED_TAG = '!env_var'
/** Filled in and left as text, though it is not quoted: `!raw_env_var ${ZIP}` is text. */
export const RAW_TAG = '!raw_env_var'

export const TAGS: ScalarTag[] = [PARSED_TAG, RAW_TAG].map((tag) => ({ tag, resolve: (text) => text }))
