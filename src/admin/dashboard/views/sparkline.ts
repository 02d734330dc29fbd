import { html, type VNode } from 'htm/preact/standalone'
import { SPARKLINE_HEIGHT, SPARKLINE_WIDTH, sparklinePath } from '../model/sparkline.js'
import { spanText } from '../model/words.js'

export interface SparklineProps {
  /** `lateness` or `duration`. */
  readonly name: string
  readonly values: readonly (number | null)[]
  /** Median and 99th percentile since the start; undefined before the first run. */
  readonly usual: { readonly p50Ms: number; readonly p99Ms: number } | undefined
}

export function Sparkline({ name, values, usual }: SparklineProps): VNode {
  const text = usual ? `${spanText(usual.p50Ms)} / ${spanText(usual.p99Ms)}` : '–'
  const title = usual ? `${name}: median ${spanText(usual.p50Ms)}, p99 ${spanText(usual.p99Ms)}` : `${name}: no run yet`
  return html`<span class="spark" title=${title}>
    <svg
      class="sparkline"
      aria-hidden="true"
      viewBox=${`0 0 ${SPARKLINE_WIDTH} ${SPARKLINE_HEIGHT}`}
      preserveAspectRatio="none"
    >
      <path d=${sparklinePath(values)} />
    </svg>
    <span class="number">${text}</span>
  </span>`
}
