/** Host names and addresses, as they stand in settings and in the header `Host`. */
import { isIP } from 'node:net'

/** Only this machine reaches the address. */
export function isLoopback(host: string): boolean {
  const name = withoutBrackets(host).toLowerCase()
  return name === 'localhost' || name === '::1' || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(name)
}

export function isAddress(host: string): boolean {
  return isIP(withoutBrackets(host)) !== 0
}

/** An IPv6 address may be given as it stands in a URL: `[::1]`. */
export function withoutBrackets(host: string): string {
  return /^\[([0-9a-f:.]+(?:%.+)?)\]$/i.exec(host)?.[1] ?? host
}
