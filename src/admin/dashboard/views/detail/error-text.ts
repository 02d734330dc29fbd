import { html, type VNode } from 'htm/preact/standalone'
import type { ErrorText } from '../../../api/schemas.js'
import { parseLogLine } from '../../model/log-line.js'

/** The stack of an error; its message when it has no stack. */
export function Stack({ error: { name, message, stack } }: { readonly error: ErrorText }): VNode {
  return html`<pre class="stack" tabindex="0">${stack ?? `${name}: ${message}`}</pre>`
}

/** The last log lines of a run. */
export function LogLines({ lines }: { readonly lines: readonly string[] }): VNode {
  return html`<div class="log" tabindex="0" role="group" aria-label="Last log lines of the run">
    ${lines.map((line) => {
      const { time, level, text } = parseLogLine(line)
      return html`<p class=${`log-${level}`}><small>${time} ${level}</small> ${text}</p>`
    })}
  </div>`
}
