/** Draws bars: a row for each contender, and in it a bar for each metric, the first in a strong colour and the others paler. */
import { format } from '../../report.js'
import type { CaseResult, Metric } from '../results.js'
import { LEGEND, STYLE, titleOf, valueAxis, widthOf } from './axis.js'
import { FONT, PALETTE } from './palette.js'

const WIDTH = 760
const BAR = 14

export function barsOf({ contenders }: CaseResult, drawn: readonly Metric[]) {
  // Echarts draws the first category at the bottom.
  const rows = [...contenders].reverse()
  const values = drawn.flatMap(({ name }) => rows.flatMap(({ values }) => values[name] ?? []))
  const names = rows.map(({ name }) => name)
  const height = 90 + rows.length * (drawn.length * (BAR + 2) + 10)
  const option = {
    animation: false,
    backgroundColor: PALETTE.background.light,
    ...(drawn.length > 1 && { legend: { ...LEGEND, itemStyle: {}, data: drawn.map(({ name }) => name) } }),
    grid: { left: 20 + Math.max(...names.map(widthOf)), right: 80, top: drawn.length > 1 ? 40 : 16, bottom: 52 },
    xAxis: { ...valueAxis(axisName(drawn), values), nameGap: 30 },
    yAxis: {
      type: 'category',
      data: names,
      ...STYLE,
      axisLabel: { ...STYLE.axisLabel, color: PALETTE.text.light },
      axisTick: { show: false },
    },
    series: drawn.map((metric) => ({
      name: metric.name,
      type: 'bar',
      barWidth: BAR,
      barGap: '15%',
      color: colourOf(metric === drawn[0], false),
      label: { show: true, position: 'right', color: PALETTE.text.light, fontFamily: FONT, fontSize: 11 },
      data: rows.map(({ values, isOurs }) => {
        const value = values[metric.name]
        // A logarithmic axis has no place for 0.
        if (value === undefined || !(value > 0)) return null
        return {
          value,
          itemStyle: { color: colourOf(metric === drawn[0], isOurs) },
          label: { formatter: format(value) },
        }
      }),
    })),
  }
  return { width: WIDTH, height, option }
}

/** With a single metric there is no legend, so the axis has the name of the metric. */
function axisName(drawn: readonly Metric[]): string {
  return drawn.length === 1 ? titleOf(drawn[0]!) : drawn[0]!.unit
}

function colourOf(isFirst: boolean, isOurs: boolean): string {
  if (isOurs) return isFirst ? PALETTE.ours.light : PALETTE.oursPale.light
  return isFirst ? PALETTE.peer.light : PALETTE.peerPale.light
}
