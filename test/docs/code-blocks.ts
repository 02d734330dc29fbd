/** The code blocks of a page of documentation, by the file name in their first line. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = dirname(fileURLToPath(import.meta.url))

export class Page {
  /** The folder for the files. It is inside the repository so that they can import `escapement`. */
  readonly folder = mkdtempSync(join(HERE, '.page-'))
  readonly files: readonly string[]
  /** Code blocks without a file name, which no test runs. */
  readonly nameless: number

  constructor(name: string) {
    const text = readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')
    const blocks = [...text.matchAll(/^```(?:ts|js)\n([\s\S]*?)^```$/gm)].map((match) => match[1]!)
    const named = blocks.flatMap((block) => {
      const file = /^\/\/ ([\w-]+(?:\.\w+)+)\n/.exec(block)?.[1]
      return file ? [{ file, block }] : []
    })
    for (const { file, block } of named) writeFileSync(join(this.folder, file), block)
    this.files = named.map(({ file }) => file)
    this.nameless = blocks.length - named.length
  }

  path(file: string): string {
    return join(this.folder, file)
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
