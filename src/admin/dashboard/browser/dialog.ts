/** A modal dialog: the browser keeps the focus inside it and closes it on Esc. */
import { type Child, Component, html, type VNode } from 'htm/preact/standalone'

export interface DialogProps {
  readonly title: string
  readonly content: Child
  readonly onClose: () => void
}

export class Dialog extends Component<DialogProps> {
  override componentDidMount(): void {
    ;(this.base as HTMLDialogElement).showModal()
  }

  override render({ title, content, onClose }: DialogProps): VNode {
    return html`<dialog aria-labelledby="dialog-title" onClose=${onClose}>
      <h2 id="dialog-title">${title}</h2>
      ${content}
    </dialog>`
  }
}
