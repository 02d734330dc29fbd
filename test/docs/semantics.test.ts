import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { MISSED_POLICIES, OUTCOMES, OVERLAPS, SKIP_REASONS } from '../../src/kernel/vocabulary.js'
import { diagramsIn, redraw, settingsOf } from './timing-diagram.js'

const markdown = readFileSync(new URL('../../docs/semantics.md', import.meta.url), 'utf8')
const diagrams = diagramsIn(markdown)

/** The code in the first column of the table below a heading. */
function listedUnder(heading: string): string[] {
  const [, section = ''] = markdown.split(`\n## ${heading}\n`)
  const [table = ''] = section.split('\n## ')
  return [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, word]) => word!)
}

describe('the timing diagrams of docs/semantics.md', () => {
  for (const diagram of diagrams) {
    it(diagram.name, async () => {
      expect(diagram.text).toBe(await redraw(diagram))
    })
  }

  it('all timing diagrams of docs/semantics.md are found and have different names', () => {
    expect(diagrams.length).toBe(markdown.split('\n```timing').length - 1)
    expect(diagrams.length).toBe(new Set(diagrams.map(({ name }) => name)).size)
  })

  it.each([
    ['overlap', OVERLAPS],
    ['missed', MISSED_POLICIES],
  ] as const)('show every policy of %s, and no other', (key, policies) => {
    const shown = diagrams.map((diagram) => settingsOf(diagram).get(key)).filter((policy) => policy !== undefined)
    expect([...new Set(shown)].sort()).toEqual([...policies].sort())
  })
})

describe('a diagram that is wrong', () => {
  const right = diagrams.find(({ name }) => name === 'overlap wait')!

  it.each([
    ['a run that ends later', '[3][4]', '[3=][4]'],
    ['another outcome', '[3]', '[3x'],
    ['another tick', '[3]', '[2]'],
    ['another policy', 'overlap: wait', 'overlap: skip'],
    ['another duration', '240ms', '260ms'],
    ['another reason', '2 superseded', '2 running'],
    ['another due moment', '--5', '-5-'],
    ['a row nobody knows', '\nruns:', '\nwhat:    ~~\nruns:'],
  ])('the check of timing diagrams finds an error: %s', async (_, from, to) => {
    const text = right.text.replace(from, to)
    expect(text).not.toBe(right.text)
    expect(await redraw({ ...right, text }).catch(String)).not.toBe(text)
  })
})

describe('the tables of docs/semantics.md', () => {
  it('docs/semantics.md lists each outcome once', () => expect(listedUnder('Outcomes')).toEqual([...OUTCOMES]))
  it('docs/semantics.md lists each skip reason once', () =>
    expect(listedUnder('Skip reasons')).toEqual([...SKIP_REASONS]))
})
