/** Notifications and heartbeats of a real engine, to a real receiver. */
import { describe, expect, it } from 'vitest'
import { receiver } from '../admin/notify/receiver.js'
import { supervise } from '../support/supervised.js'

describe('a supervisor with a receiver', () => {
  it('tells once that a job fails, and withholds the heartbeat from then on', async () => {
    const hook = await receiver()
    const pulse = await receiver()
    const config = {
      escapement: {
        http: { port: 0 },
        notify: { url: hook.url, secret: 'a secret of both sides', on: ['failing' as const] },
        heartbeat: { url: pulse.url, every: '200ms' },
      },
    }
    const { supervisor, nthRun, stop } = await supervise(['operated.mjs'], { config, http: { port: 0 } })
    await pulse.nth(2)
    for (let count = 1; count <= 6; count++) {
      const ended = nthRun('operated.fails', count)
      supervisor.trigger('operated.fails')
      await ended
    }
    const notice = JSON.parse((await hook.nth(1)).body)
    expect(notice).toMatchObject({
      kind: 'failing',
      incident: 'failing:operated.fails',
      entrypoint: 'operated.fails',
      service: 'operated',
    })
    expect(notice.text).toMatch(/^operated\.fails has failed \d times in a row$/)
    expect(Object.keys(notice).sort()).toEqual(
      ['at', 'entrypoint', 'host', 'id', 'incident', 'instance', 'kind', 'service', 'text'].sort(),
    )
    const counts = async () => (await fetch(`${supervisor.url}/metrics`)).text()
    // The receiver has the notification before the sender has its answer.
    let text = await counts()
    while (!/escapement_notifications_total\{result="sent"\} 1$/m.test(text)) text = await counts()
    const withheld = () => Number(/escapement_heartbeats_total\{result="withheld"\} (\d+)/.exec(text)![1])
    const before = withheld()
    // The last heartbeat that was sent may be on its way still when the first one is withheld.
    while (withheld() < before + 2) text = await counts()
    const beats = pulse.received.length
    while (withheld() < before + 4) text = await counts()
    expect(pulse.received).toHaveLength(beats)
    expect(hook.received).toHaveLength(1)
    await stop()
  })

  it('sends at its end what its receiver has not taken yet', async () => {
    let isUp = false
    const hook = await receiver((_, reply) => reply.writeHead(isUp ? 204 : 503).end())
    const config = {
      escapement: {
        http: { port: 0 },
        // After some attempts the next one is far away.
        notify: { url: hook.url, secret: 'a secret of both sides', on: ['failing' as const] },
      },
    }
    const { supervisor, nthRun, stop } = await supervise(['operated.mjs'], { config, http: { port: 0 } })
    for (let count = 1; count <= 5; count++) {
      const ended = nthRun('operated.fails', count)
      supervisor.trigger('operated.fails')
      await ended
    }
    await hook.nth(3)
    isUp = true
    const before = hook.received.length
    await stop()
    // The next attempt would have come four seconds after the third.
    expect(hook.received.length).toBe(before + 1)
    expect(hook.received.at(-1)!.body).toBe(hook.received[0]!.body)
  })
})
