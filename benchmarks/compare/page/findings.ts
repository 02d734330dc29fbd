/** Computes sentences from the figures: how Escapement compares with each alternative. */
import { groupBy } from '../../../test/faults/support/group-by.js'
import { format } from '../../report.js'
import type { Results } from '../results.js'
import { type Compared, comparisonsOf } from './verdict.js'

/** The first paragraph of the page. */
export function summary(results: Results): string {
  const parts = Object.values(results.parts)
  const cut = parts.filter((part) => part.cut !== undefined).map(({ title }) => title)
  const all = parts.flatMap(comparisonsOf)
  const of = (verdict: Compared['verdict']) => all.filter((each) => each.verdict === verdict).length
  return [
    all.length === 0
      ? 'Nothing has been measured at full size yet, so nothing is claimed here.'
      : `Escapement is compared with ${new Set(all.map(({ peer }) => peer.name)).size} alternatives, in ${all.length} comparisons. ` +
        `It is better in ${of('better')} of them and worse in ${of('worse')}; ${of('open')} show no difference, because the interval of the ratio includes 1.`,
    ...(cut.length > 0 ? [`Indicative only, because they were not measured at full size: ${listed(cut)}.`] : []),
  ].join(' ')
}

/** For each group, at its largest n: a sentence for each of its first two metrics, and how many ticks were skipped or started early. */
export function findings(results: Results): string[] {
  return Object.values(results.parts).flatMap((part) => {
    const groups = groupBy(comparisonsOf(part), ({ of }) => of.group)
    return [...groups.values()].map((group) => {
      const largest = Math.max(...group.map(({ of }) => of.n ?? 0))
      const shown = group.filter(({ of }) => (of.n ?? 0) === largest)
      const { of } = shown[0]!
      const sentences = [...groupBy(shown, ({ metric }) => metric.name).values()].slice(0, 2).map(sentence)
      const at = of.n === undefined ? '' : `, n = ${format(largest)}`
      return `**${headingOf(part, of)}${at}.** ${[...sentences, ...counts(of)].join(' ')}`
    })
  })
}

/** How many ticks were skipped, and how many starts were early: of Escapement, and of each other contender for which it is not 0. */
function counts({ contenders }: Compared['of']): string[] {
  return Object.entries({ skipped: 'ticks were skipped', early: 'starts were early' }).flatMap(([metric, what]) => {
    const [ours, ...others] = contenders.flatMap(({ name, values }) => {
      const value = values[metric]
      return value === undefined ? [] : [{ name: `*${name}*`, value }]
    })
    if (!ours) return []
    const some = others.filter(({ value }) => value > 0).map(({ name, value }) => `${name} ${format(value)}`)
    return [`${format(ours.value)} ${what}${some.length > 0 ? ` (${listed(some)})` : ''}.`]
  })
}

/** Each comparison in which a peer is better, with its ratio. */
export function losses(results: Results): string[] {
  const worse = Object.values(results.parts)
    .flatMap(comparisonsOf)
    .filter(({ verdict }) => verdict === 'worse')
  const lines = groupBy(
    worse,
    ({ part, of, metric }) =>
      `${headingOf(part, of)}${of.n === undefined ? '' : `, n = ${format(of.n)}`}: ${metric.name}`,
  )
  return [...lines].map(([title, group]) => `${title}: ${listed(group.map(withFactor))}.`)
}

function sentence(group: readonly Compared[]): string {
  const { metric, of } = group[0]!
  const than = {
    better: metric.better === 'less' ? 'lower' : 'higher',
    worse: metric.better === 'less' ? 'higher' : 'lower',
  }
  const clause = (verdict: Compared['verdict'], words: string) => {
    const named = group.filter((each) => each.verdict === verdict)
    return named.length === 0 ? [] : [`${words} ${listed(named.map(verdict === 'open' ? nameOf : withFactor))}`]
  }
  const clauses = [
    ...clause('better', `${than.better} than that of`),
    ...clause('worse', `${than.worse} than that of`),
    ...clause('open', 'not shown to differ from that of'),
  ]
  const ours = of.contenders[0]!.values[metric.name]!
  return `${metric.name}: ${format(ours)} ${metric.unit}, ${clauses.join('; ')}.`
}

/** The name of a peer in italics, so that a comma in it does not seem to separate two names. */
const nameOf = ({ peer }: Compared) => `*${peer.name}*`

/** The name of a peer, and how many times the smaller of the two values the larger one is. */
function withFactor({ peer, ratio }: Compared): string {
  const factor = ratio.ratio < 1 ? 1 / ratio.ratio : ratio.ratio
  return `*${peer.name}* (${format(factor)} times)`
}

/** The title of a part and the name of a group; the title alone when it ends with that name. */
function headingOf({ title }: Compared['part'], { group }: Compared['of']): string {
  return title.endsWith(group) ? title : `${title}. ${group}`
}

export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}
