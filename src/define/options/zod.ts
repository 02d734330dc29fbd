/**
 * zod, loaded by `require`: its entry points lead to a file for each of its fifty languages. `import` opens all of them at the same
 * time, which alone exceeds a limit of 96 open files; `require` opens one after the other.
 */
import { createRequire } from 'node:module'
import type * as zod from 'zod'

export const { z }: Pick<typeof zod, 'z'> = createRequire(import.meta.url)('zod')
