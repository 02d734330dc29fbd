/** The settings `escapement.notify` and `escapement.heartbeat`. */
import { describe, expect, it } from 'vitest'
import { parseSettings } from '../../src/config/settings.js'
import { NOTICE_KINDS } from '../../src/kernel/notices.js'

const URL = 'https://receiver.example/hook'
const SECRET = 'a secret of both sides'

describe('the settings of notifications', () => {
  it('notifications are sent to nobody by default, and of all kinds when a receiver is given', () => {
    expect(parseSettings({})).not.toHaveProperty('notify')
    const { notify, heartbeat } = parseSettings({ notify: { url: URL, secret: SECRET }, heartbeat: { url: URL } })
    expect(notify).toEqual({ url: URL, secret: SECRET, on: NOTICE_KINDS })
    expect(heartbeat).toEqual({ url: URL, every: 60_000_000 })
  })

  it.each([
    [{ notify: { url: URL } }, 'escapement.notify.secret: must be given'],
    [{ notify: { url: URL, secret: 'short-secret' } }, 'escapement.notify.secret: must have at least 16 characters'],
    [{ notify: { url: 'ftp://x:pw@y', secret: SECRET } }, 'escapement.notify.url: must be a URL that begins with'],
    [{ notify: { url: URL, secret: SECRET, on: ['failed'] } }, 'did you mean "failing"?'],
    [{ heartbeat: { url: URL, every: 0 } }, 'escapement.heartbeat.every:'],
    [{ http: false, heartbeat: { url: URL } }, 'escapement.heartbeat: needs http'],
    [{ http: false, notify: { url: URL, secret: SECRET } }, 'escapement.notify: needs http'],
  ] as const)('%j is refused, and no secret is repeated', (given, problem) => {
    const refused = () => parseSettings(given)
    expect(refused).toThrow(problem)
    expect(refused).not.toThrow('short-secret')
    expect(refused).not.toThrow('pw@')
  })
})
