/** Draws lines: how a metric grows with n, one line for each contender. */
import type { CaseResult, Metric } from '../results.js'
import { LEGEND, STYLE, titleOf, valueAxis } from './axis.js'
import { LINES, PALETTE } from './palette.js'

export function linesOf(cases: readonly CaseResult[], metric: Metric) {
  const names = [...new Set(cases.flatMap(({ contenders }) => contenders.map(({ name }) => name)))]
  const points = (name: string) =>
    cases.flatMap(({ n, contenders }): (readonly [number, number])[] => {
      const value = contenders.find((contender) => contender.name === name)?.values[metric.name]
      return n === undefined || value === undefined || !(value > 0) ? [] : [[n, value]]
    })
  const values = names.flatMap((name) => points(name).map(([, value]) => value))
  const peers = names.filter((name) => !isOurs(cases, name))
  const counts = cases.flatMap(({ n }) => n ?? [])
  const option = {
    animation: false,
    backgroundColor: PALETTE.background.light,
    legend: { ...LEGEND, data: names },
    grid: { left: 76, right: 30, top: 48, bottom: 52 },
    xAxis: {
      type: 'log',
      name: 'n, logarithmic',
      nameLocation: 'middle',
      nameGap: 30,
      min: Math.min(...counts),
      max: Math.max(...counts),
      ...STYLE,
      splitLine: { show: false },
    },
    yAxis: { ...valueAxis(titleOf(metric), values), nameGap: 56 },
    series: names.map((name) => {
      const color = isOurs(cases, name) ? PALETTE.ours.light : LINES[peers.indexOf(name) % LINES.length]!.light
      return {
        name,
        type: 'line',
        symbol: 'circle',
        symbolSize: 7,
        color,
        lineStyle: { color, width: isOurs(cases, name) ? 3 : 2 },
        data: points(name),
      }
    }),
  }
  return { width: 760, height: 360, option }
}

function isOurs(cases: readonly CaseResult[], name: string): boolean {
  return cases.some(({ contenders }) => contenders.some((contender) => contender.name === name && contender.isOurs))
}
