/** What results must have, whatever their numbers are. */
import { page } from './page/page.js'
import { plotsOf } from './page/plots.js'
import type { PartResult, Results } from './results.js'

/** What is wrong with the form of the results and of their page; nothing when all is well. */
export function formProblems(results: Results, names: readonly string[]): string[] {
  const text = page(results)
  return [
    ...names.filter((name) => !results.parts[name]).map((name) => `the part ${name} is missing`),
    ...Object.entries(results.parts).flatMap(([name, part]) => partProblems(name, part)),
    ...plotsOf(results)
      .filter(({ file }) => !text.includes(file))
      .map(({ file }) => `the page does not show ${file}`),
    ...(/\/(?:tmp|home|root|work|Users)\//.test(text) ? ['the page has a path of this machine'] : []),
  ]
}

function partProblems(name: string, { cases, absent, versions }: PartResult): string[] {
  return [
    ...(cases.length === 0 ? [`${name} has no case`] : []),
    ...cases.flatMap(({ group, metrics, contenders }) => [
      ...(contenders.some(({ isOurs }) => isOurs) ? [] : [`${name}, ${group}: Escapement was not measured`]),
      ...(contenders.some(({ isOurs }) => !isOurs) ? [] : [`${name}, ${group}: nothing else was measured`]),
      ...contenders.flatMap((contender) =>
        metrics
          .map((metric) => ({ metric: metric.name, value: contender.values[metric.name] }))
          .filter(({ value }) => value !== undefined && !Number.isFinite(value))
          .map(({ metric }) => `${name}, ${group}, ${contender.name}: ${metric} is not a number`),
      ),
    ]),
    ...absent
      .filter(({ reason }) => reason.startsWith('failed'))
      .map(({ contender, reason }) => `${name}: ${contender} ${reason}`),
    ...Object.entries(versions)
      .filter(([, version]) => version === 'not installed')
      .map(([each]) => `${name}: ${each} is not installed`),
  ]
}
