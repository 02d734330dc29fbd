/** Reads and writes the files of the comparison. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { page } from './page/page.js'
import { COLOURS } from './page/palette.js'
import { plotsOf } from './page/plots.js'
import { README_END, README_START, readmeSection } from './page/readme-section.js'
import { NO_RESULTS, type Results } from './results.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Paths of files, relative to the checkout. */
export interface Folder {
  readonly results: string
  readonly page: string
  readonly images: string
  /** Absent where the README has nothing from these results. */
  readonly readme?: string
}

export function folderOf(isQuick: boolean): Folder {
  if (isQuick) {
    const quick = '.tmp/benchmarks'
    return { results: `${quick}/benchmarks.json`, page: `${quick}/benchmarks.md`, images: `${quick}/images/benchmarks` }
  }
  return {
    results: 'docs/benchmarks.json',
    page: 'docs/benchmarks.md',
    images: 'docs/images/benchmarks',
    readme: 'README.md',
  }
}

export function readResults({ results }: Folder): Results {
  const path = join(ROOT, results)
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : NO_RESULTS
}

export function writeResults({ results }: Folder, value: Results): void {
  write(results, `${JSON.stringify(value, rounded, 1)}\n`)
}

/** Writes the page, its plots and the section of the README. Returns what went wrong. */
export async function writePage(folder: Folder): Promise<string[]> {
  const results = readResults(folder)
  write(folder.page, page(results))
  if (folder.readme) {
    const readme = readFileSync(join(ROOT, folder.readme), 'utf8')
    write(folder.readme, withSection(readme, readmeSection(results)))
  }
  rmSync(join(ROOT, folder.images), { recursive: true, force: true })
  mkdirSync(join(ROOT, folder.images), { recursive: true })
  const plots = plotsOf(results)
  if (plots.length === 0) return []
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL('page/draw.mjs', import.meta.url))], {
    input: JSON.stringify({
      plots: plots.map((plot) => ({ ...plot, file: join(ROOT, folder.images, plot.file) })),
      colours: COLOURS,
    }),
    stdio: ['pipe', 2, 2],
  })
  const missing = plots.filter(({ file }) => !existsSync(join(ROOT, folder.images, file)))
  return status === 0 && missing.length === 0 ? [] : [`${missing.length} of ${plots.length} plots were not drawn`]
}

/** The text with the section between its two marks replaced. */
export function withSection(readme: string, section: string): string {
  const [start, end] = [readme.indexOf(README_START), readme.indexOf(README_END)]
  if (start < 0 || end < start) {
    throw new Error(
      `README.md: expected the lines "${README_START}" and "${README_END}", between which the results are written`,
    )
  }
  return `${readme.slice(0, start + README_START.length)}\n${section}${readme.slice(end)}`
}

/** Five significant digits: what is beyond them is noise. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value
}

function write(file: string, text: string): void {
  const path = join(ROOT, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
