import { describe, expect, it } from 'vitest'
import { type ListenSession, ReleaseWatchers } from '../../src/coordinate/stores/release-watchers.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'

/** Connections that the test makes and breaks. */
function setUp() {
  const clock = new VirtualClock()
  const troubles: Error[] = []
  const sessions: (ListenSession & { fail: (error: Error) => void })[] = []
  const watchers = new ReleaseWatchers(
    clock,
    (error) => troubles.push(error),
    (session) =>
      new Promise((resolve, fail) => {
        sessions.push({ ...session, fail })
        session.signal.addEventListener('abort', () => resolve())
      }),
  )
  return { clock, troubles, sessions, watchers }
}

describe('watchers', () => {
  it('share one connection, and wait until it is up', async () => {
    const { sessions, watchers } = setUp()
    const heard: string[] = []
    let isWatching = false
    const watching = watchers
      .watch((lease) => heard.push(`one ${lease}`))
      .then(() => {
        isWatching = true
      })
    const other = watchers.watch((lease) => heard.push(`other ${lease}`))
    await Promise.resolve()
    expect(isWatching).toBe(false)
    sessions[0]!.onListening()
    await Promise.all([watching, other])
    sessions[0]!.onReleased('a')
    expect(heard).toEqual(['one a', 'other a'])
    expect(sessions).toHaveLength(1)
    await watchers.close()
  })

  it('do not wait for a connection that cannot be made', async () => {
    const { sessions, watchers, troubles } = setUp()
    const watching = watchers.watch(() => {})
    sessions[0]!.fail(new Error('refused'))
    await watching
    expect(troubles.map(String)).toEqual(['Error: refused'])
    await watchers.close()
  })

  it('get another connection a second after one has broken, for as long as it takes', async () => {
    const { clock, sessions, watchers } = setUp()
    const heard: string[] = []
    const watching = watchers.watch((lease) => heard.push(lease))
    for (let attempt = 0; attempt < 3; attempt++) {
      sessions[attempt]!.fail(new Error('refused'))
      await clock.advance(0)
      await clock.advance(999_999)
      expect(sessions).toHaveLength(attempt + 1)
      await clock.advance(1)
      expect(sessions).toHaveLength(attempt + 2)
    }
    await watching
    sessions[3]!.onListening()
    sessions[3]!.onReleased('a')
    expect(heard).toEqual(['a'])
    await watchers.close()
  })

  it('make known each outage once', async () => {
    const { clock, sessions, troubles, watchers } = setUp()
    void watchers.watch(() => {})
    const breakAt = async (attempt: number, reason: string) => {
      sessions[attempt]!.fail(new Error(reason))
      await clock.advance(0)
      await clock.advance(1_000_000)
    }
    sessions[0]!.onListening()
    await breakAt(0, 'first')
    await breakAt(1, 'first again')
    await breakAt(2, 'first again')
    sessions[3]!.onListening()
    await breakAt(3, 'second')
    expect(troubles.map(({ message }) => message)).toEqual(['first', 'second'])
    await watchers.close()
  })

  it('hear nothing once they have stopped or the store is closed', async () => {
    const { sessions, watchers, troubles } = setUp()
    const heard: string[] = []
    const watching = [watchers.watch(() => heard.push('stopped')), watchers.watch(() => heard.push('closed'))]
    sessions[0]!.onListening()
    const [stop] = await Promise.all(watching)
    stop!()
    sessions[0]!.onReleased('a')
    await watchers.close()
    sessions[0]!.onReleased('b')
    expect(heard).toEqual(['closed'])
    expect(troubles).toEqual([])
  })
})
