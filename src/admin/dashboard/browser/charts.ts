/** Charts of lateness and duration over the last ticks, beside their own past: the median and the 99th percentile since the start. */
import uPlot from 'uplot'
import type { Change, Entrypoint, Tick } from '../../api/schemas.js'
import { momentText, plainWord, spanText } from '../model/words.js'

const HEIGHT = 170

export interface ChartsProps {
  /** Newest first. */
  readonly ticks: readonly Tick[]
  readonly changes: readonly Change[]
  readonly entrypoint: Entrypoint
}

interface ChartKind {
  readonly name: 'lateness' | 'duration'
  readonly title: string
}

const KINDS: readonly ChartKind[] = [
  { name: 'lateness', title: 'Lateness' },
  { name: 'duration', title: 'Duration' },
]

/** uPlot draws on a canvas: it takes its colours from the style sheet when it draws, so that they follow the theme. */
function colour(name: string): string {
  probe ??= document.documentElement.appendChild(document.createElement('i'))
  probe.hidden = true
  probe.style.color = `var(--${name})`
  return getComputedStyle(probe).color
}

/** Only a property that is a colour has one of light-dark() computed. */
let probe: HTMLElement | undefined

export class DrawnCharts {
  #props: ChartsProps
  readonly #charts: readonly uPlot[]
  readonly #resized: ResizeObserver
  readonly #themed: MutationObserver
  readonly #preference = matchMedia('(prefers-color-scheme: dark)')
  readonly #redraw = () => {
    for (const chart of this.#charts) chart.redraw(false, true)
  }

  constructor(parent: Element, props: ChartsProps) {
    this.#props = props
    this.#charts = KINDS.map((kind) => this.#chart(parent, kind))
    this.#resized = new ResizeObserver(() => {
      for (const chart of this.#charts) chart.setSize({ width: widthIn(parent), height: HEIGHT })
    })
    this.#resized.observe(parent)
    this.#themed = new MutationObserver(this.#redraw)
    this.#themed.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    this.#preference.addEventListener('change', this.#redraw)
  }

  update(props: ChartsProps): void {
    this.#props = props
    for (const [index, chart] of this.#charts.entries()) chart.setData(dataOf(props, KINDS[index]!))
  }

  remove(): void {
    this.#resized.disconnect()
    this.#themed.disconnect()
    this.#preference.removeEventListener('change', this.#redraw)
    for (const chart of this.#charts) chart.destroy()
  }

  #chart(parent: Element, kind: ChartKind): uPlot {
    const stroke = () => colour('text-soft')
    const grid = { stroke: () => colour('line'), width: 1 }
    const text = (_: uPlot, value: number | null) => (value === null ? '–' : spanText(value))
    const options: uPlot.Options = {
      title: kind.title,
      width: widthIn(parent),
      height: HEIGHT,
      cursor: { y: false },
      axes: [
        {
          stroke,
          grid,
          ticks: grid,
          space: 80,
          values: (_, values) => values.map((value) => momentText(value * 1_000).slice(11, 19)),
        },
        { stroke, grid, ticks: grid, size: 70, values: (_, values) => values.map((value) => spanText(value)) },
      ],
      scales: { y: { range: (_, __, max) => [0, max > 0 ? max * 1.1 : 1] } },
      series: [
        { label: 'due', value: (_, value) => (value === null ? '–' : momentText(value * 1_000)) },
        {
          label: plainWord(kind.name),
          stroke: () => colour('accent'),
          width: 1.5,
          points: { show: true, size: 4, stroke: () => colour('accent') },
          value: text,
        },
        { label: 'p50', stroke: () => colour('ok'), width: 1, dash: [6, 4], points: { show: false }, value: text },
        { label: 'p99', stroke: () => colour('warning'), width: 1, dash: [2, 4], points: { show: false }, value: text },
      ],
      hooks: { draw: [(chart) => this.#drawChanges(chart)] },
    }
    return new uPlot(options, dataOf(this.#props, kind), parent as HTMLElement)
  }

  /** A vertical line at each change. */
  #drawChanges(chart: uPlot): void {
    const { ctx, bbox } = chart
    const { min, max } = chart.scales.x ?? {}
    if (typeof min !== 'number' || typeof max !== 'number') return
    ctx.save()
    for (const { at, level } of this.#props.changes) {
      const seconds = at / 1_000
      if (seconds < min || seconds > max) continue
      ctx.fillStyle = colour(level === 'ok' ? 'text-soft' : level)
      ctx.fillRect(Math.round(chart.valToPos(seconds, 'x', true)), bbox.top, devicePixelRatio, bbox.height)
    }
    ctx.restore()
  }
}

function widthIn(parent: Element): number {
  return Math.max(parent.clientWidth - 24, 200)
}

function dataOf({ ticks, entrypoint }: ChartsProps, { name }: ChartKind): uPlot.AlignedData {
  const runs = ticks.filter(({ decision }) => decision === 'run').reverse()
  const usual = entrypoint[name]
  return [
    runs.map(({ dueAt }) => dueAt / 1_000),
    runs.map((tick) => (name === 'lateness' ? tick.latenessMs : tick.durationMs) ?? null),
    runs.map(() => usual?.p50Ms ?? null),
    runs.map(() => usual?.p99Ms ?? null),
  ]
}
