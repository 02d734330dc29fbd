import { html, type VNode } from 'htm/preact/standalone'
import type { Entrypoint } from '../../../api/schemas.js'
import { plainWord } from '../../model/words.js'

/** What became of all ticks since the start. The numbers are those of /metrics. */
export function Ledger({ ledger }: { readonly ledger: Entrypoint['ledger'] }): VNode {
  const number = (name: string, value: number, key: string) =>
    html`<div><dt>${name}</dt><dd data-count=${key}>${value.toLocaleString('en-US')}</dd></div>`
  const isQueued = ledger.taken + ledger.handedOver > 0
  const some = (counts: Readonly<Record<string, number>>, prefix: string) =>
    Object.entries(counts)
      .filter(([, count]) => count > 0)
      .map(([word, count]) =>
        number(`${prefix === 'skipped' ? 'skipped: ' : ''}${plainWord(word)}`, count, `${prefix}.${word}`),
      )
  return html`<section class="panel" aria-label="Ledger">
    <h2>All ticks since the start</h2>
    <dl class="facts">
      ${number('due', ledger.due, 'due')}
      ${isQueued && [number('taken from the queue', ledger.taken, 'taken'), number('handed over', ledger.handedOver, 'handedOver'), number('returned', ledger.returned, 'returned')]}
      ${some(ledger.runs, 'runs')} ${some(ledger.skipped, 'skipped')}
      ${number('active', ledger.active, 'active')} ${number('pending', ledger.pending, 'pending')}
    </dl>
  </section>`
}
