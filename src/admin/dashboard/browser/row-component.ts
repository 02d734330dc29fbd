/** One row of the list. It is drawn again only when it changed and can be seen. */
import { Component, html, type VNode } from 'htm/preact/standalone'
import { type EntrypointCellsProps, entrypointCells } from '../views/entrypoint-row.js'

const DRAWN_ANEW_FOR = ['entrypoint', 'cells', 'ends', 'filter'] as const

const rows = new WeakMap<Element, EntrypointRow>()
/** Rows a little outside of the window count as seen, so that scrolling shows no old ones. */
const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) rows.get(target)?.seen(isIntersecting)
  },
  { rootMargin: '300px' },
)

export class EntrypointRow extends Component<EntrypointCellsProps> {
  #isSeen = true
  #isOld = false

  override componentDidMount(): void {
    rows.set(this.base, this)
    observer.observe(this.base)
  }

  override componentWillUnmount(): void {
    observer.unobserve(this.base)
  }

  override shouldComponentUpdate(next: EntrypointCellsProps): boolean {
    if (DRAWN_ANEW_FOR.every((name) => next[name] === this.props[name])) return false
    this.#isOld = !this.#isSeen
    return this.#isSeen
  }

  seen(isSeen: boolean): void {
    this.#isSeen = isSeen
    if (isSeen && this.#isOld) this.forceUpdate()
    if (isSeen) this.#isOld = false
  }

  override render(props: EntrypointCellsProps): VNode {
    return html`<tr role="row" class=${`row-${props.entrypoint.status.level}`}>
      ${entrypointCells(props)}
    </tr>`
  }
}
