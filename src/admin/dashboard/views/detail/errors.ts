import { html, type VNode } from 'htm/preact/standalone'
import type { FoldedError } from '../../../api/schemas.js'
import { amount } from '../../model/words.js'
import { Moment } from '../moment.js'
import { LogLines, Stack } from './error-text.js'

export interface ErrorsProps {
  readonly errors: readonly FoldedError[]
  readonly now: number
}

/** Equal errors are one entry with a count. The first is open. */
export function Errors({ errors, now }: ErrorsProps): VNode {
  return html`<section class="panel errors" aria-label="Errors">
    <h2>Errors</h2>
    ${errors.length === 0 && html`<p class="none">No run has failed with an error.</p>`}
    ${errors.map(
      (
        { error, count, firstAt, lastAt, lines },
        index,
      ) => html`<details key=${`${error.name}: ${error.message}`} open=${index === 0}>
        <summary>
          <strong class="text-critical">${error.name}${error.code && ` (${error.code})`}: ${error.message}</strong>
          ${' '}<small>
            ${amount(count, 'time')}, last <${Moment} at=${lastAt} now=${now} />, first ${' '}<${Moment} at=${firstAt} now=${now} />
          </small>
        </summary>
        <${Stack} error=${error} />
        ${lines.length > 0 && html`<h3>Last log lines of that run</h3><${LogLines} lines=${lines} />`}
      </details>`,
    )}
  </section>`
}
