/**
 * `npm run bench -- compare [--only PART] [--quick] [--blocks N] [--for SECONDS]`: Escapement beside what a user would pick instead.
 *
 * Results go to `docs/benchmarks.json`, and from that alone the page `docs/benchmarks.md`, its plots and the section of the README are
 * written. Each part that ends replaces its last result, so parts can be measured one by one, and an interrupted run keeps what it has.
 * With `--quick` everything goes to `.tmp/benchmarks`. `--page` measures nothing and writes the page again.
 */
import type { BenchOptions } from './bench-options.js'
import { formProblems } from './compare/form.js'
import { measurePart, sizeOf } from './compare/measure-part.js'
import { folderOf, readResults, writePage, writeResults } from './compare/output.js'
import { installPackages } from './compare/packages.js'
import { PARTS, partsNamed } from './compare/parts.js'
import { NO_RESULTS, withPart } from './compare/results.js'

const EX_USAGE = 64

/** Ends the process with 1 when packages cannot be installed, a plot is not drawn, or what a quick run wrote has not its form. */
export async function compare(options: BenchOptions): Promise<undefined> {
  const names = partsNamed(options.only, options.quick)
  if (names.length === 0) {
    return fail([`no part is called "${options.only}". Parts: ${Object.keys(PARTS).join(', ')}`], EX_USAGE)
  }
  const missing = installPackages()
  if (missing !== undefined) return fail([missing])
  const folder = folderOf(options.quick)
  if (!options.pageOnly) await measureParts(names, options)
  const problems = await writePage(folder)
  if (options.quick) problems.push(...formProblems(readResults(folder), names))
  console.log(`compare: the page is ${folder.page}`)
  if (problems.length > 0) fail(problems)
}

function fail(problems: readonly string[], exitCode = 1): undefined {
  for (const problem of problems) console.error(`compare: ${problem}`)
  process.exitCode = exitCode
}

async function measureParts(names: readonly string[], options: BenchOptions): Promise<void> {
  const folder = folderOf(options.quick)
  const sizes = new Map(names.map((name) => [name, sizeOf(PARTS[name]!, options)]))
  const estimates = names.map((name) => ({ name, seconds: PARTS[name]!.estimate(sizes.get(name)!) }))
  for (const { name, seconds } of estimates) console.log(`compare: ${name} takes about ${minutes(seconds)}`)
  console.log(`compare: all of it takes about ${minutes(estimates.reduce((sum, { seconds }) => sum + seconds, 0))}`)
  // A quick run begins with nothing, so that its form is its own.
  if (options.quick) writeResults(folder, NO_RESULTS)
  for (const name of names) {
    const result = await measurePart(name, PARTS[name]!, sizes.get(name)!)
    writeResults(folder, withPart(readResults(folder), name, result, Object.keys(PARTS)))
    // Now, too: a run that is interrupted leaves a page that fits its figures.
    await writePage(folder)
    console.log(`compare: ${name} took ${minutes(result.tookSeconds)}`)
  }
}

function minutes(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`
}
