import { type Child, html } from 'htm/preact/standalone'
import type { Status } from '../../api/schemas.js'

export interface FrameProps {
  readonly status: Status | undefined
  /** Buttons at the top; only the browser gives them. */
  readonly tools?: Child
  /** Something that the reader must know before everything else. */
  readonly notice?: Child
  readonly content: Child
}

/** What is around both screens: which instance this is, the tools, and a notice. */
export function pageFrame({ status, tools, notice, content }: FrameProps): Child {
  return html`<div class="page">
    <header class="top">
      <a class="brand" href="./">Escapement</a>
      ${
        status &&
        html`<span class="instance" title=${`instance ${status.instance}, process ${status.pid}`}>
          ${status.host} <small>pid ${status.pid} · version ${status.version} · Node ${status.node}</small>
        </span>`
      }
      ${tools}
    </header>
    ${notice}
    <main id="main" tabindex="-1">${content}</main>
  </div>`
}
