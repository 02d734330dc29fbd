import { html, type VNode } from 'htm/preact/standalone'
import type { Level } from '../../api/schemas.js'

const SIGNS: Readonly<Record<Level, string>> = { ok: '✓', warning: '!', critical: '✕' }

/** A sign whose shape differs too, for those who do not see its colour. */
export function LevelSign({ level }: { readonly level: Level }): VNode {
  return html`<span class=${`sign level-${level}`} role="img" aria-label=${level} title=${level}>${SIGNS[level]}</span>`
}
