/** The place of the charts. What draws them is loaded when they are first shown. */
import { Component, html, type VNode } from 'htm/preact/standalone'
import type { ChartsProps, DrawnCharts } from './charts.js'

export class Charts extends Component<ChartsProps> {
  #drawn: DrawnCharts | undefined
  #isGone = false

  override componentDidMount(): void {
    void import('./charts.js').then(({ DrawnCharts }) => {
      if (this.#isGone) return
      this.#drawn = new DrawnCharts(this.base, this.props)
    })
  }

  override shouldComponentUpdate(next: ChartsProps): boolean {
    if (next.ticks !== this.props.ticks) this.#drawn?.update(next)
    return false
  }

  override componentWillUnmount(): void {
    this.#isGone = true
    this.#drawn?.remove()
  }

  override render(): VNode {
    return html`<section class="panel charts" aria-label="Lateness and duration of the last runs"></section>`
  }
}
