import { expect, it } from 'vitest'
import { formatTable } from '../../src/cli/table.js'

it('formatTable aligns each column under its heading, with two spaces between columns and none at the end of a line', () => {
  expect(
    formatTable(
      ['SERVICE', 'METHOD'],
      [
        ['a', 'work'],
        ['long_service', 'x'],
      ],
    ),
  ).toBe(['SERVICE       METHOD', 'a             work', 'long_service  x'].join('\n'))
})

it('formatTable without rows is its heading', () => {
  expect(formatTable(['SERVICE', 'METHOD'], [])).toBe('SERVICE  METHOD')
})
