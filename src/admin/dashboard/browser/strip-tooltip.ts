/** Says in words which tick is under the pointer, for every strip of the page. A click shows that tick. */
import type { Cell } from '../../api/schemas.js'
import { cellAt, cellText } from '../model/strip.js'

export interface StripTooltipOptions {
  readonly cellsOf: (entrypoint: string) => { readonly cells: readonly Cell[]; readonly ends: readonly string[] }
  readonly onPick: (entrypoint: string, tick: string) => void
}

export function showStripTooltips({ cellsOf, onPick }: StripTooltipOptions): void {
  const tooltip = document.createElement('div')
  tooltip.className = 'tooltip'
  tooltip.setAttribute('role', 'tooltip')
  tooltip.hidden = true
  document.body.append(tooltip)

  const under = (event: MouseEvent) => {
    const strip = event.target instanceof Element ? event.target.closest<SVGElement>('svg.strip') : null
    const entrypoint = strip?.dataset.entrypoint
    if (!strip || entrypoint === undefined) return undefined
    const { left, width } = strip.getBoundingClientRect()
    const { cells, ends } = cellsOf(entrypoint)
    const cell = cellAt(cells, (event.clientX - left) / width)
    return cell && { entrypoint, cell, text: cellText(cell, ends) }
  }

  document.addEventListener('pointermove', (event) => {
    const found = under(event)
    tooltip.hidden = !found
    if (!found) return
    tooltip.textContent = found.text
    const { width, height } = tooltip.getBoundingClientRect()
    tooltip.style.left = `${Math.max(4, Math.min(event.clientX + 12, innerWidth - width - 4))}px`
    tooltip.style.top = `${event.clientY + 16 + height > innerHeight ? event.clientY - height - 8 : event.clientY + 16}px`
  })
  document.addEventListener('pointerleave', () => {
    tooltip.hidden = true
  })
  document.addEventListener('click', (event) => {
    const found = under(event)
    if (!found) return
    tooltip.hidden = true
    onPick(found.entrypoint, new Date(found.cell[0]).toISOString())
  })
}
