/**
 * Runs as its own process, because echarts is a package of the comparison only: draws plots. Reads them from standard input, as JSON: of each
 * the path of its file, size and option. Each colour gets its dark one, for readers who prefer a dark page.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { init } from 'echarts'

const { plots, colours } = JSON.parse(readFileSync(0, 'utf8'))

for (const { file, width, height, option } of plots) {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height })
  chart.setOption(option)
  writeFileSync(file, `${withDarkColours(chart.renderToSVGString())}\n`)
  chart.dispose()
}

/** A style sheet outweighs the attributes `fill` and `stroke`. */
function withDarkColours(svg) {
  const rules = colours.flatMap(({ light, dark }) =>
    ['fill', 'stroke'].map((property) => `[${property}="${light}"]{${property}:${dark}}`),
  )
  const style = `<style>@media (prefers-color-scheme: dark){${rules.join('')}}</style>`
  return svg.replace(/^<svg[^>]*>/, (start) => start + style)
}
