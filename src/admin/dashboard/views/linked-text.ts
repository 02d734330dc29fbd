import { type Child, html } from 'htm/preact/standalone'
import { type Filter, linkTo } from '../model/address.js'

/** A sentence about an entrypoint, in which its id is a link. When the sentence does not name it, the link comes first. */
export function linkedText(text: string, entrypoint: string | undefined, filter: Filter): Child {
  if (!entrypoint) return text
  const link = html`<a href=${linkTo({ entrypoint, filter })}>${entrypoint}</a>`
  const at = text.indexOf(entrypoint)
  return at < 0 ? [link, ' ', text] : [text.slice(0, at), link, text.slice(at + entrypoint.length)]
}
