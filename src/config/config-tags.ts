/** nameko's YAML tags for scalars with placeholders. */
import type { ScalarTag } from 'yaml'

/** Parses the scalar again after replacing placeholders, even if it is quoted: `!env_var "${PORT:80}"` is a number. */
export const PARSED_TAG = '!env_var'
/** Keeps the scalar as text after replacing placeholders, even if it is not quoted: `!raw_env_var ${ZIP}` is text. */
export const RAW_TAG = '!raw_env_var'

export const TAGS: ScalarTag[] = [PARSED_TAG, RAW_TAG].map((tag) => ({ tag, resolve: (text) => text }))
