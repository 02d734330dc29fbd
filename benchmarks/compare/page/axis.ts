/** Makes the axis of a plot that shows the values. */
import type { Metric } from '../results.js'
import { FONT, PALETTE } from './palette.js'

/** The axis is logarithmic when the largest value is more than this many times the smallest positive one. */
const LINEAR_UP_TO = 15

export function isLogarithmic(values: readonly number[]): boolean {
  const positive = values.filter((value) => value > 0)
  return positive.length > 0 && Math.max(...positive) / Math.min(...positive) > LINEAR_UP_TO
}

export function valueAxis(name: string, values: readonly number[]): object {
  const isLog = isLogarithmic(values)
  const positive = values.filter((value) => value > 0)
  const least = 10 ** Math.floor(Math.log10(Math.min(...positive)) - 0.15)
  return {
    type: isLog ? 'log' : 'value',
    name: isLog ? `${name}, logarithmic` : name,
    nameLocation: 'middle',
    // Bars begin at startValue. Its default, 1, is above some values.
    ...(isLog && { min: least, startValue: least }),
    ...STYLE,
    splitLine: { lineStyle: { color: PALETTE.grid.light } },
  }
}

export const STYLE = {
  nameTextStyle: { color: PALETTE.muted.light, fontFamily: FONT, fontSize: 12 },
  axisLabel: { color: PALETTE.muted.light, fontFamily: FONT, fontSize: 12 },
  axisLine: { lineStyle: { color: PALETTE.grid.light } },
  axisTick: { lineStyle: { color: PALETTE.grid.light } },
} as const

export const LEGEND = {
  top: 8,
  itemGap: 18,
  textStyle: { color: PALETTE.text.light, fontFamily: FONT, fontSize: 12 },
} as const

/** The approximate width of a text of 12 pixels. Unit: pixels. */
export function widthOf(text: string): number {
  return text.length * 6.6
}

export function titleOf({ name, unit }: Metric): string {
  return unit === '' ? name : `${name} (${unit})`
}
