/** Where a store's URL leads to, without user, password and options: any URL that a store takes, readable as a URL or not. */
export function placeOf(url: string): string {
  const [, scheme = '', rest = ''] = /^([a-z]+:\/\/)(.*)$/is.exec(url) ?? []
  return scheme + rest.slice(rest.lastIndexOf('@') + 1).replace(/\?.*$/s, '')
}
