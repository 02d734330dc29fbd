/** The alert rules: Prometheus accepts them, each fires and stays quiet, and they name only metrics and labels that exist. */
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { problemsOf } from './check-query.js'
import { deployPath, readDeploy } from './deploy-file.js'
import { promtool, runPromtool } from './promtool.js'

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: Readonly<Record<string, string>>
}

interface RuleTests {
  readonly tests: readonly {
    readonly promql_expr_test?: readonly { readonly expr: string; readonly exp_samples: readonly unknown[] }[]
  }[]
}

const rules: readonly Rule[] = parse(readDeploy('prometheus/rules.yaml')).groups.flatMap(
  ({ rules }: { rules: Rule[] }) => rules,
)
const TEST_FILES = ['prometheus/rules.test.yaml', 'prometheus/rules.days.test.yaml']
const tests = TEST_FILES.flatMap((file) => (parse(readDeploy(file)) as RuleTests).tests)

/** The sections of docs/operating.md, as GitHub links to them. */
async function sections(): Promise<Set<string>> {
  const page = await readFile(new URL('../../docs/operating.md', import.meta.url), 'utf8')
  return new Set([...page.matchAll(/^#+ (.*)$/gm)].map(([, title]) => title!.toLowerCase().replaceAll(' ', '-')))
}

describe('the alert rules', () => {
  it('every alert rule names only metrics, labels and values that exist', () => {
    expect(rules.flatMap(({ alert, expr }) => problemsOf(expr).map((problem) => `${alert}: ${problem}`))).toEqual([])
  })

  it('every alert rule has a severity, a summary, a description and a section of docs/operating.md', async () => {
    const known = await sections()
    for (const { alert, labels, annotations } of rules) {
      expect(['critical', 'warning', 'info'], alert).toContain(labels.severity)
      expect(Object.keys(annotations), alert).toEqual(['summary', 'description', 'runbook'])
      expect(annotations.runbook, alert).toBe(`docs/operating.md#${alert.toLowerCase()}`)
      expect(known, alert).toContain(alert.toLowerCase())
    }
  })

  it('every section of docs/operating.md about an alert has a rule', async () => {
    const known = new Set(rules.map(({ alert }) => alert.toLowerCase()))
    const about = [...(await sections())].filter((section) => /^escapement\w+$/.test(section))
    expect(about.filter((section) => !known.has(section))).toEqual([])
  })

  it('every alert rule has a test in which it fires and one in which it stays quiet', () => {
    const checks = tests.flatMap((test) => test.promql_expr_test ?? [])
    const tested = (fires: boolean) =>
      new Set(
        checks
          .filter(({ exp_samples }) => exp_samples.length > 0 === fires)
          .map(({ expr }) => /alertname="(\w+)"/.exec(expr)![1]),
      )
    const names = rules.map(({ alert }) => alert)
    expect([...tested(true)].sort()).toEqual([...names].sort())
    expect([...tested(false)].sort()).toEqual([...names].sort())
  })
})

describe.skipIf(!promtool)('the alert rules and promtool', () => {
  it('promtool accepts the alert rules and the configuration of Prometheus', async () => {
    expect(await runPromtool('check', 'rules', deployPath('prometheus/rules.yaml'))).toMatchObject({ code: 0 })
    expect(await runPromtool('check', 'config', deployPath('prometheus/prometheus.yaml'))).toMatchObject({ code: 0 })
  })

  it('promtool makes every alert fire and stay quiet as the tests of the rules say', async () => {
    const { code, said } = await runPromtool('test', 'rules', ...TEST_FILES.map(deployPath))
    expect(said.match(/SUCCESS/g)).toHaveLength(TEST_FILES.length)
    expect(code).toBe(0)
  })

  it('promtool would find an alert whose threshold is wrong', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'escapement-rules-'))
    try {
      const wrong = readDeploy('prometheus/rules.yaml').replace('> 60 + escapement', '> 6000 + escapement')
      await writeFile(join(folder, 'rules.yaml'), wrong)
      await writeFile(join(folder, 'rules.test.yaml'), readDeploy('prometheus/rules.test.yaml'))
      const { code, said } = await runPromtool('test', 'rules', join(folder, 'rules.test.yaml'))
      expect(said).toContain('EscapementOverdue')
      expect(code).toBe(1)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('docs/operating.md', () => {
  it('docs/operating.md lists each alert under its severity', async () => {
    const page = await readFile(new URL('../../docs/operating.md', import.meta.url), 'utf8')
    for (const severity of ['critical', 'warning', 'info']) {
      const listed = new RegExp(`^\\| ${severity} \\| .* \\| (.*) \\|$`, 'm').exec(page)![1]!.split(', ')
      const expected = rules.filter(({ labels }) => labels.severity === severity).map(({ alert }) => alert)
      expect(listed.map((name) => `Escapement${name}`).sort()).toEqual(expected.sort())
    }
  })

  it('docs/operating.md links only to sections and files that exist', async () => {
    const page = await readFile(new URL('../../docs/operating.md', import.meta.url), 'utf8')
    const known = await sections()
    const links = [...page.matchAll(/\]\(([^)#]*)(?:#([^)]*))?\)/g)]
    for (const [link, file, section] of links) {
      if (file) await access(new URL(`../../docs/${file}`, import.meta.url))
      else expect(known, link).toContain(section)
    }
    expect(links.length).toBeGreaterThan(10)
  })
})
