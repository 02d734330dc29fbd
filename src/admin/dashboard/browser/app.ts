/** Starts the dashboard in the page that the server sent, and draws it whenever something changed, at most once a frame. */
import { html, render } from 'htm/preact/standalone'
import type { Status } from '../../api/schemas.js'
import { type Address, type Filter, linkTo, parseAddress } from '../model/address.js'
import { type Action, Api } from './api.js'
import { after } from './browser-clock.js'
import { dialogView, type OpenDialog } from './dialogs.js'
import { listenToKeys } from './keyboard.js'
import { Live } from './live.js'
import type { LiveState } from './live-state.js'
import { keepTimesUpToDate } from './relative-times.js'
import { screen } from './screens.js'
import { keepToken, readToken, recall, remember } from './storage.js'
import { showStripTooltips } from './strip-tooltip.js'
import { applyTheme, toggleTheme } from './theme.js'

const MESSAGE_MS = 8_000

class App {
  readonly #root: Element
  readonly #api = new Api(readToken)
  readonly #live = new Live(this.#api, () => this.#changed())
  #address: Address = parseAddress(new URLSearchParams(location.search))
  #dialog: OpenDialog = { kind: 'none' }
  #message = ''
  #willDraw = false
  /** What the server drew stays until there is something to draw. */
  #hasDrawn = false
  /** The tick of the address, until it was brought into sight. */
  #tickToShow = this.#address.tick
  /** Where the list was scrolled to when it was left. */
  #listScroll = 0

  constructor(root: Element) {
    this.#root = root
  }

  start(): void {
    applyTheme()
    listenToKeys({
      help: () => this.#open({ kind: 'help' }),
      back: () => this.#go({ filter: this.#address.filter }),
      theme: toggleTheme,
    })
    showStripTooltips({
      cellsOf: (id) => {
        const { list, ends } = this.#live.state.rows
        return { ends, cells: list.find(({ entrypoint }) => entrypoint.id === id)?.cells ?? [] }
      },
      onPick: (entrypoint, tick) => this.#go({ entrypoint, tick, filter: this.#address.filter }),
    })
    document.addEventListener('click', (event) => this.#followLink(event))
    addEventListener('popstate', () => this.#arrive(parseAddress(new URLSearchParams(location.search))))
    keepTimesUpToDate(() => this.#live.now)
    this.#live.show(this.#address.entrypoint)
    this.#live.open()
  }

  #changed(): void {
    if (this.#willDraw) return
    this.#willDraw = true
    requestAnimationFrame(() => {
      this.#willDraw = false
      this.#draw()
    })
  }

  #draw(): void {
    const { state } = this.#live
    if (state.connection.state === 'locked' && this.#dialog.kind === 'none' && !this.#hasDrawn) {
      this.#dialog = { kind: 'token', problem: state.connection.problem }
    }
    if (!this.#hasDrawn && !isComplete(state)) return
    if (!this.#hasDrawn) this.#root.textContent = ''
    this.#hasDrawn = true
    document.title = `${state.status?.verdict.level === 'ok' ? '' : '● '}${this.#address.entrypoint ?? 'Escapement'}`
    const actions = {
      filter: (filter: Filter) => this.#filter(filter),
      askToken: () => this.#open({ kind: 'token' }),
      askControl: (action: Action, entrypoint: string) => this.#open({ kind: 'control', action, entrypoint }),
      help: () => this.#open({ kind: 'help' }),
      theme: toggleTheme,
    }
    const page = screen({ state, address: this.#address, now: this.#live.now, message: this.#message, actions })
    const dialogActions = {
      close: () => this.#open({ kind: 'none' }),
      useToken: (token: string | undefined) => void this.#useToken(token),
      control: (action: Action, id: string, by: string, reason: string) => void this.#control(action, id, by, reason),
    }
    const facts = { hasToken: readToken() !== undefined, by: recall('by') ?? '' }
    render(html`<div>${page}${dialogView(this.#dialog, dialogActions, facts)}</div>`, this.#root)
    const tick = this.#tickToShow === undefined ? null : document.querySelector('tr.pointed')
    if (!tick) return
    tick.scrollIntoView({ block: 'center' })
    this.#tickToShow = undefined
  }

  #open(dialog: OpenDialog): void {
    this.#dialog = dialog
    this.#changed()
  }

  #filter(filter: Filter): void {
    this.#address = { filter }
    history.replaceState(null, '', linkTo(this.#address))
    this.#changed()
  }

  #followLink(event: MouseEvent): void {
    const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[href]') : null
    const url = link && new URL(link.href)
    if (!isPlain || !url || url.origin !== location.origin || url.pathname !== location.pathname) return
    if (!this.#hasDrawn) return
    event.preventDefault()
    this.#go(parseAddress(url.searchParams))
  }

  #go(address: Address): void {
    history.pushState(null, '', linkTo(address))
    this.#arrive(address)
  }

  #arrive(address: Address): void {
    const before = this.#address
    this.#address = address
    this.#tickToShow = address.tick
    if (before.entrypoint === undefined) this.#listScroll = scrollY
    this.#live.show(address.entrypoint)
    this.#draw()
    if (before.entrypoint === address.entrypoint) return
    scrollTo(0, address.entrypoint === undefined ? this.#listScroll : 0)
    const row = [...document.querySelectorAll<HTMLElement>('td.name a')].find(
      (a) => a.textContent === before.entrypoint,
    )
    const target = address.entrypoint === undefined ? row : document.querySelector<HTMLElement>('#main')
    target?.focus({ preventScroll: true })
  }

  /** A token that allows nothing here is forgotten at once. */
  async #useToken(token: string | undefined): Promise<void> {
    keepToken(token)
    try {
      const { canControl } = await this.#api.get<Status>('api/status')
      this.#open({ kind: 'none' })
      if (token !== undefined && !canControl) this.#say('This token allows reading only.')
    } catch (error) {
      keepToken(undefined)
      this.#open({ kind: 'token', problem: error instanceof Error ? error.message : String(error) })
    }
    this.#live.open()
  }

  async #control(action: Action, entrypoint: string, by: string, reason: string): Promise<void> {
    remember('by', by)
    try {
      const { text } = await this.#api.control(entrypoint, action, { by, ...(reason ? { reason } : {}) })
      this.#say(text)
      this.#open({ kind: 'none' })
      this.#live.refreshNow()
    } catch (error) {
      this.#open({
        kind: 'control',
        action,
        entrypoint,
        problem: error instanceof Error ? error.message : String(error),
      })
    }
  }

  #say(message: string): void {
    this.#message = message
    after(MESSAGE_MS, () => {
      if (this.#message === message) this.#message = ''
      this.#changed()
    })
  }
}

/** There is as much to draw as in the page that the server sent, or something to tell. */
function isComplete({ connection, status, rows, shown }: LiveState): boolean {
  if (connection.state === 'stale' || connection.state === 'locked') return true
  return status !== undefined && rows.ends.length > 0 && shown.state !== 'loading'
}

new App(document.querySelector('#app')!).start()
