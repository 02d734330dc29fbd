import { html, type VNode } from 'htm/preact/standalone'
import { isOutcome, isSkip } from '../model/strip.js'
import { plainWord } from '../model/words.js'

/** What the colours of a strip mean. */
export function Legend({ ends }: { readonly ends: readonly string[] }): VNode {
  const items = (those: readonly string[]) =>
    those.map((end) => html`<li><span class=${`chip end-${end}`}></span>${plainWord(end)}</li>`)
  return html`<details class="legend">
    <summary>What the colours mean</summary>
    <p>One cell for each tick, the newest on the right. A run has the full height:</p>
    <ul>${items(ends.filter(isOutcome))}</ul>
    <p>A skipped tick has half of it, in the colour of the reason:</p>
    <ul class="skips">${items(ends.filter(isSkip))}</ul>
    <p>So has a tick that went to the queue (handed over), and a ticket that went back to it (returned):</p>
    <ul>${items(ends.filter((end) => !isOutcome(end) && !isSkip(end)))}</ul>
  </details>`
}
