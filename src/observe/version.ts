import { createRequire } from 'node:module'

/** The version of this package, found by its own name: the same from `src` and from `dist`. */
export const VERSION: string = createRequire(import.meta.url)('escapement/package.json').version
