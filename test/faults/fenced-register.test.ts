import { beforeEach, describe, expect, it } from 'vitest'
import { FencedRegister } from './support/fenced-register.js'

let register: FencedRegister

beforeEach(async () => {
  const opened = await FencedRegister.open()
  register = opened
  return () => opened.close()
})

async function post(path: string, body: object): Promise<number> {
  const { status } = await fetch(register.url + path, { method: 'POST', body: JSON.stringify(body) })
  return status
}

function write(token: bigint, resource = 'account') {
  return post('/write', { resource, token: String(token), instance: 'a', dueTime: 1 })
}

function begin(instance: string) {
  const run = { instance, entrypoint: 'job.work', dueTime: 1, due: '5', token: '7', at: '6' }
  return post('/journal', { ...run, event: 'begin' })
}

describe('the register', () => {
  it('takes a write unless it has seen a higher token for the same resource', async () => {
    const huge = 2n ** 60n
    const answers = [
      await write(1n),
      await write(1n),
      await write(huge + 1n),
      await write(huge),
      await write(huge + 1n),
    ]
    expect(answers).toEqual([200, 200, 200, 409, 200])
    expect(await write(1n, 'other')).toBe(200)
  })

  it('takes everything when it does not fence, and remembers what it has taken', async () => {
    register.isFencing = false
    expect([await write(2n), await write(1n)]).toEqual([200, 200])
    const told = register.eventLog.items.map((entry) => entry.kind === 'write' && [entry.token, entry.accepted])
    expect(told).toEqual([
      [2n, true],
      [1n, true],
    ])
  })

  it('writes down what runs tell of themselves', async () => {
    expect(await begin('a')).toBe(200)
    expect(register.eventLog.items).toEqual([
      { kind: 'begin', instance: 'a', entrypoint: 'job.work', dueTime: 1, due: 5n, token: 7n, at: 6n },
    ])
  })

  it('holds a run that begins until it is let go, and nobody else', async () => {
    const held = register.holdNextRun('a')
    let isAnswered = false
    const answered = begin('a').then(() => {
      isAnswered = true
    })
    const { run, letGo } = await held
    expect(await begin('b')).toBe(200)
    expect([run.instance, isAnswered]).toEqual(['a', false])
    letGo()
    await answered
    expect(await begin('a')).toBe(200)
  })
})
