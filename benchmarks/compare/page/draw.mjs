/**
 * Draws plots. It runs as its own process, because echarts is installed only for the comparison. Reads from standard input, as JSON, the
 * path of the file, the size and the option object of each plot. Adds the dark colours, for readers who prefer a dark page.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { init } from 'echarts'

const { plots, colours } = JSON.parse(readFileSync(0, 'utf8'))

for (const { file, width, height, option } of plots) {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height })
  chart.setOption(option)
  writeFileSync(file, `${withDarkColours(withoutNumbers(chart.renderToSVGString()))}\n`)
  chart.dispose()
}

/** Adds a style sheet for dark pages: its rules take precedence over the attributes `fill` and `stroke`. */
function withDarkColours(svg) {
  const rules = colours.flatMap(({ light, dark }) =>
    ['fill', 'stroke'].map((property) => `[${property}="${light}"]{${property}:${dark}}`),
  )
  const style = `<style>@media (prefers-color-scheme: dark){${rules.join('')}}</style>`
  return svg.replace(/^<svg[^>]*>/, (start) => start + style)
}

/**
 * Leaves out the classes and their style sheet, which is for pointers, and the number of the plot in ids. These numbers count all plots of the
 * process, so the file of a plot would change with the plots that were drawn before it.
 */
function withoutNumbers(svg) {
  return svg
    .replace(/ class="[^"]*"/g, '')
    .replace(/<style ><!\[CDATA\[.*?\]\]><\/style>\n?/s, '')
    .replace(/\bzr\d+-/g, 'zr-')
}
