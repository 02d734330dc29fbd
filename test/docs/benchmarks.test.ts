/** The page of the comparison is what its figures give, and every figure in the docs says which benchmark measured it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { folderOf, readResults, withSection } from '../../benchmarks/compare/output.js'
import { page } from '../../benchmarks/compare/page/page.js'
import { plotsOf } from '../../benchmarks/compare/page/plots.js'
import { readmeSection } from '../../benchmarks/compare/page/readme-section.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const read = (file: string) => readFileSync(`${ROOT}/${file}`, 'utf8')

const FOLDER = folderOf(false)
const WRITTEN_BY = 'npm run bench -- compare --page'

/** The page of the comparison is written, and has a command for each of its parts. */
const DOCS = ['README.md', ...readdirSync(`${ROOT}/docs`).map((file) => `docs/${file}`)].filter(
  (file) => file.endsWith('.md') && file !== FOLDER.page,
)

/** What only a measurement can tell. */
const FIGURE =
  /\d[\d.,]* ?(?:µs|MB|GB|% of a core|ms of processor)|\bp(?:50|95|99)\b[^.]*\d|\b\d[\d.,]* (?:ms|s) (?:late|early)|\d[\d.,]* (?:ticks|runs|wake-ups) a second|drifted/

/** Figures that are given, not measured. */
const GIVEN = [
  'histogram from 10 µs',
  'comes more than 50 ms late',
  'young generation (48 MB by default)',
  'generation below 900 MB',
]

/** Headings and what is below each, and each item of a list, without code. */
function passages(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '')
  return GIVEN.reduce((rest, given) => rest.replaceAll(given, ''), prose).split(/^(?=#+ |- )/m)
}

describe('the docs of benchmarks', () => {
  it('docs/benchmarks.md is what docs/benchmarks.json gives, with all its plots', () => {
    const results = readResults(FOLDER)
    const isMeasured = existsSync(`${ROOT}/${FOLDER.results}`)
    expect(existsSync(`${ROOT}/${FOLDER.page}`) ? read(FOLDER.page) : '', `write it with ${WRITTEN_BY}`).toBe(
      isMeasured ? page(results) : '',
    )
    const missing = plotsOf(results).filter(({ file }) => !existsSync(`${ROOT}/${FOLDER.images}/${file}`))
    expect(missing, `draw them with ${WRITTEN_BY}`).toEqual([])
  })

  it('the README has the results of the comparison as they are', () => {
    const readme = read('README.md')
    expect(withSection(readme, readmeSection(readResults(FOLDER))), `write it with ${WRITTEN_BY}`).toBe(readme)
  })

  it.each(DOCS)('every figure in %s that was measured says which benchmark measures it', (file) => {
    const unfounded = passages(read(file)).filter((text) => FIGURE.test(text) && !text.includes('npm run bench'))
    expect(unfounded).toEqual([])
  })

  it('every benchmark that the docs name exists', () => {
    const known = [...read('benchmarks/main.ts').matchAll(/^ {2}(\w+): async \(\)/gm)].map((match) => match[1]!)
    const named = DOCS.flatMap((file) =>
      [...read(file).matchAll(/npm run bench -- ([\w |]+)/g)].flatMap((match) =>
        match[1]!.split('|').map((name) => name.trim().split(' ')[0]!),
      ),
    )
    expect(known).toContain('lateness')
    expect(new Set(named.filter((name) => !known.includes(name)))).toEqual(new Set())
  })
})
