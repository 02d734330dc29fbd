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
  writeFileSync(file, `${withDarkColours(withoutClasses(chart.renderToSVGString()))}\n`)
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

/** The classes have no styles. Their names count all plots of the process, so a plot would change with those drawn before it. */
function withoutClasses(svg) {
  return svg.replace(/ class="[^"]*"/g, '')
}
