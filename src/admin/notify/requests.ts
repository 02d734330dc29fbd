/** The requests of notifications and heartbeats. Their time-outs are their callers'. */
import type { Clock } from '../../kernel/clock.js'
import type { NotifySettings } from '../../kernel/notices.js'
import { VERSION } from '../../kernel/version.js'
import type { Post } from './delivery.js'
import { SIGNATURE_HEADER, signature } from './sign.js'

const USER_AGENT = `escapement/${VERSION}`

/** Each attempt is signed with its own time. */
export function poster({ url, secret }: NotifySettings, clock: Pick<Clock, 'wallNow'>): Post {
  return async (body, signal) => {
    const headers = {
      'content-type': 'application/json',
      'user-agent': USER_AGENT,
      [SIGNATURE_HEADER]: signature(body, secret, clock.wallNow()),
    }
    // A redirect would send the notification to somebody else.
    const answer = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' })
    await answer.body?.cancel()
    return answer.status
  }
}

export function pinger(url: string): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    const answer = await fetch(url, { headers: { 'user-agent': USER_AGENT }, signal })
    await answer.body?.cancel()
    if (!answer.ok) throw new Error(`the receiver of the heartbeat answered with status ${answer.status}`)
  }
}
