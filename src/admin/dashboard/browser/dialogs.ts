/** The dialogs of the dashboard. */
import { type Child, html, type VNode } from 'htm/preact/standalone'
import type { Action } from './api.js'
import { Dialog } from './dialog.js'
import { KEYS } from './keyboard.js'

export type OpenDialog =
  | { readonly kind: 'none' }
  | { readonly kind: 'help' }
  | { readonly kind: 'token'; readonly problem?: string }
  | { readonly kind: 'control'; readonly action: Action; readonly entrypoint: string; readonly problem?: string }

export interface DialogActions {
  readonly close: () => void
  /** Undefined forgets the token. */
  readonly useToken: (token: string | undefined) => void
  readonly control: (action: Action, entrypoint: string, by: string, reason: string) => void
}

export interface DialogFacts {
  readonly hasToken: boolean
  /** The name that was given last. */
  readonly by: string
}

export function dialogView(open: OpenDialog, actions: DialogActions, facts: DialogFacts): Child {
  switch (open.kind) {
    case 'none':
      return undefined
    case 'help':
      return dialog('Keys', helpText(), actions)
    case 'token':
      return dialog('Token', tokenForm(open.problem, actions, facts), actions)
    case 'control':
      return dialog(`${VERBS[open.action]} ${open.entrypoint}?`, controlForm(open, actions, facts), actions)
  }
}

function dialog(title: string, content: Child, { close }: DialogActions): VNode {
  return html`<${Dialog} key=${title} title=${title} content=${content} onClose=${close} />`
}

function helpText(): Child {
  return html`<dl class="keys">
      ${KEYS.map(([keys, what]) => html`<div><dt><kbd>${keys}</kbd></dt><dd>${what}</dd></div>`)}
    </dl>
    <form method="dialog"><button>Close</button></form>`
}

function tokenForm(problem: string | undefined, { close, useToken }: DialogActions, { hasToken }: DialogFacts): VNode {
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    useToken(textOf(event, 'token') || undefined)
  }
  return html`<form onSubmit=${submit}>
    ${problem && html`<p class="text-critical" role="alert">${problem}</p>`}
    <p>The token is the value of <code>escapement.http.token</code>. This tab keeps it until it is closed.</p>
    <label>Token <input type="password" name="token" autocomplete="off" required autofocus /></label>
    <menu>
      <button type="button" onClick=${close}>Cancel</button>
      ${hasToken && html`<button type="button" onClick=${() => useToken(undefined)}>Forget the token</button>`}
      <button type="submit" class="primary">Use it</button>
    </menu>
  </form>`
}

export const VERBS: Readonly<Record<Action, string>> = {
  trigger: 'Trigger',
  pause: 'Pause',
  resume: 'Resume',
  abort: 'Abort',
}

const EFFECTS: Readonly<Record<Action, string>> = {
  trigger: 'It runs once now, beside its schedule.',
  pause:
    'Its ticks are skipped until somebody resumes it. The pause outlives a restart where the engine has a place to keep it.',
  resume: 'Its ticks run again from the next one on.',
  abort: 'Its runs in progress are aborted; a run that does not end by itself is killed with its thread.',
}

function controlForm(
  { action, entrypoint, problem }: Extract<OpenDialog, { kind: 'control' }>,
  { close, control }: DialogActions,
  { by }: DialogFacts,
): VNode {
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    control(action, entrypoint, textOf(event, 'by'), textOf(event, 'reason'))
  }
  return html`<form onSubmit=${submit}>
    ${problem && html`<p class="text-critical" role="alert">${problem}</p>`}
    <p>${EFFECTS[action]}</p>
    <label>Your name <input name="by" defaultValue=${by} maxlength="100" autocomplete="name" required /></label>
    <label>Reason <input name="reason" maxlength="500" autocomplete="off" autofocus /></label>
    <menu>
      <button type="button" onClick=${close}>Cancel</button>
      <button type="submit" class="primary">${VERBS[action]}</button>
    </menu>
  </form>`
}

function textOf(event: SubmitEvent, field: string): string {
  return String(new FormData(event.target as HTMLFormElement).get(field) ?? '').trim()
}
