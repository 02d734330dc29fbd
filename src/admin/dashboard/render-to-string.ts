/** Draws views as HTML text, on the server. It knows what the views use: elements, attributes, and components that are functions. */
import type { Child, VNode } from 'htm/preact/standalone'

const VOID_ELEMENTS: ReadonlySet<string> = new Set(['br', 'hr', 'input', 'link', 'meta', 'path'])
/** Without this page's script nobody would call a listener, and keys are the script's as well. */
const NOT_ATTRIBUTES = /^(on[A-Z]|key$|children$)/

export function renderToString(node: Child): string {
  if (node === null || node === undefined || typeof node === 'boolean') return ''
  if (Array.isArray(node)) return node.map(renderToString).join('')
  return typeof node === 'object' ? elementText(node as VNode) : escapeHtml(String(node))
}

function elementText({ type, props }: VNode): string {
  if (typeof type === 'function') return renderToString((type as (props: object) => Child)(props))
  const attributes = Object.entries(props).map(([name, value]) => attributeText(name, value))
  const start = `<${type}${attributes.join('')}>`
  return VOID_ELEMENTS.has(type) ? start : `${start}${renderToString(props.children)}</${type}>`
}

function attributeText(name: string, value: unknown): string {
  if (NOT_ATTRIBUTES.test(name) || value === undefined || value === null || value === false) return ''
  return value === true ? ` ${name}` : ` ${name}="${escapeHtml(String(value))}"`
}

const ESCAPED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPED[character] ?? '')
}
