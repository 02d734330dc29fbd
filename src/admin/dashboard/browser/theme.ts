/** Dark or light: what the system prefers, until the reader chooses. */
import { recall, remember } from './storage.js'

export function applyTheme(): void {
  const theme = recall('theme')
  if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme
}

export function toggleTheme(): void {
  const { dataset } = document.documentElement
  const isDark = dataset.theme ? dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches
  dataset.theme = isDark ? 'light' : 'dark'
  remember('theme', dataset.theme)
}
