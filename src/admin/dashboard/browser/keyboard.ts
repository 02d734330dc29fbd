/** The keys of the dashboard. They do nothing while somebody types or a dialog is open. */

export const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ['/', 'search'],
  ['j, k', 'next, previous entrypoint'],
  ['Enter', 'open it'],
  ['u', 'back to all entrypoints'],
  ['t', 'dark or light'],
  ['?', 'this help'],
  ['Esc', 'leave the search, close a dialog'],
]

export interface KeyActions {
  readonly help: () => void
  readonly back: () => void
  readonly theme: () => void
}

export function listenToKeys({ help, back, theme }: KeyActions): void {
  const actions: Readonly<Record<string, () => void>> = {
    '/': focusSearch,
    j: () => moveFocus(1),
    k: () => moveFocus(-1),
    u: back,
    t: theme,
    '?': help,
  }
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return
    const { target } = event
    if (target instanceof HTMLElement && /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName)) {
      if (event.key === 'Escape') target.blur()
      return
    }
    const action = Object.hasOwn(actions, event.key) ? actions[event.key] : undefined
    if (!action) return
    event.preventDefault()
    action()
  })
}

function focusSearch(): void {
  document.querySelector<HTMLInputElement>('input[type=search]')?.select()
}

/** Moves the focus to the link of the next or previous row, so that Enter opens it. */
function moveFocus(step: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>('.entrypoints td.name a')]
  const row = document.activeElement?.closest('tr')
  const at = links.findIndex((link) => row?.contains(link))
  const next = at < 0 ? links[0] : links[Math.min(Math.max(at + step, 0), links.length - 1)]
  next?.focus()
  next?.closest('tr')?.scrollIntoView({ block: 'nearest' })
}
