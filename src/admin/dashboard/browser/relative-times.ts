/** Keeps the texts of all moments up to date, without drawing anything else again. */
import { relativeText } from '../model/words.js'
import { every } from './browser-clock.js'

export function keepTimesUpToDate(now: () => number): void {
  every(1_000, () => {
    if (document.hidden) return
    const moment = now()
    for (const element of document.querySelectorAll<HTMLElement>('time[data-at]')) {
      const text = element.firstChild
      const at = Number(element.dataset.at)
      const fresh = relativeText(element.dataset.kind === 'next' ? Math.max(at, moment) : at, moment)
      if (text instanceof Text && text.data !== fresh) text.data = fresh
    }
  })
}
