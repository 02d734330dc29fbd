/** The text format of Prometheus, read back: enough of a parser to refuse what Prometheus would refuse. */
export interface Family {
  readonly help: string
  readonly type: string
  readonly samples: { readonly name: string; readonly labels: Record<string, string>; readonly value: number }[]
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/y

export function parseExposition(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end')
  const families = new Map<string, Family>()
  const seen = new Set<string>()
  for (const line of text.split('\n').filter(Boolean)) {
    const [, keyword, name, rest] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? []
    if (keyword === 'HELP') families.set(name!, { help: rest!, type: '', samples: [] })
    else if (keyword === 'TYPE') families.set(name!, { ...families.get(name!)!, type: rest! })
    else {
      const sample = parseSample(line)
      const series = JSON.stringify([sample.name, Object.entries(sample.labels).sort()])
      if (seen.has(series)) throw new Error(`twice the same series: ${line}`)
      seen.add(series)
      familyOf(families, sample.name, line).samples.push(sample)
    }
  }
  return families
}

function parseSample(line: string) {
  const [, name, labelText = '', number] = SAMPLE.exec(line) ?? []
  const value = Number(number?.replace(/^\+Inf$/, 'Infinity'))
  if (!name || Number.isNaN(value)) throw new Error(`not a sample: ${line}`)
  const labels: Record<string, string> = {}
  LABEL.lastIndex = 0
  while (LABEL.lastIndex < labelText.length) {
    const match = LABEL.exec(labelText)
    if (!match) throw new Error(`malformed labels: ${line}`)
    labels[match[1]!] = match[2]!.replace(/\\(.)/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped))
  }
  return { name, labels, value }
}

function familyOf(families: Map<string, Family>, name: string, line: string): Family {
  const family = families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ''))
  if (!family) throw new Error(`a sample before its HELP and TYPE: ${line}`)
  return family
}
