/**
 * What the browser remembers. The token lives as long as the tab does; the name and the theme are kept. A browser that forbids
 * storage remembers nothing.
 */

export function readToken(): string | undefined {
  return attempt(() => sessionStorage.getItem('escapement.token')) ?? undefined
}

export function keepToken(token: string | undefined): void {
  attempt(() => {
    if (token === undefined) sessionStorage.removeItem('escapement.token')
    else sessionStorage.setItem('escapement.token', token)
  })
}

type Remembered = 'by' | 'theme'

export function recall(name: Remembered): string | undefined {
  return attempt(() => localStorage.getItem(`escapement.${name}`)) ?? undefined
}

export function remember(name: Remembered, value: string): void {
  attempt(() => localStorage.setItem(`escapement.${name}`, value))
}

function attempt<Value>(use: () => Value): Value | undefined {
  try {
    return use()
  } catch {
    return undefined
  }
}
