import { createRequire } from 'node:module'

/** The version of this package. Resolving the package by its own name works from `src` and from `dist`. */
export const VERSION: string = createRequire(import.meta.url)('escapement/package.json').version
