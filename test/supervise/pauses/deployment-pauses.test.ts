/** Instances of one deployment, on one virtual clock, over the local store. */
import { describe, expect, it } from 'vitest'
import { StoreUnfitError } from '../../../src/coordinate/store-unfit.js'
import { LocalMemory, LocalStore } from '../../../src/coordinate/stores/local-store.js'
import { VirtualClock } from '../../../src/testing/virtual-clock.js'
import { cuttable, settle } from './cuttable-store.js'
import { ANNA, FakeFile, type InstanceOptions, PERIOD, pausedInstance } from './paused-instance.js'

const patient = new AbortController().signal
const DAY = 86_400_000_000

/** A store that can be stopped, and that can have lost everything. */
class Deployment {
  readonly clock = new VirtualClock({ wall: Date.UTC(2026, 0, 1) })
  readonly memory = new LocalMemory()
  readonly values = new LocalStore(this.clock, this.memory).values
  failure: Error | undefined

  /** A connection of one instance to the store. */
  connect() {
    return cuttable(this.values, () => this.failure)
  }

  /** An instance that has started: its first list is answered, or has been given up. */
  async start(options: Omit<InstanceOptions, 'clock' | 'isShared'> = {}) {
    const instance = pausedInstance({ ...options, clock: this.clock, isShared: true })
    const store = this.connect()
    instance.pauses.gate!.opened(store)
    const loaded = instance.pauses.loaded()
    await settle()
    await this.clock.advance(this.failure ? 5_000_000 : 1)
    await loaded
    return { ...instance, store }
  }

  async pass(periods = 1): Promise<void> {
    for (let period = 0; period < periods; period++) {
      await settle()
      await this.clock.advance(PERIOD)
      await settle()
    }
  }

  async stored(): Promise<unknown[]> {
    const found = await this.values.list('pause/', patient)
    return found.map(({ key, value }) => ({ key, ...JSON.parse(value) }))
  }
}

describe('pauses that are kept in the coordination store', () => {
  it('a pause in one instance is in effect in the other one within a period, with who, when and why', async () => {
    const deployment = new Deployment()
    const [one, other] = [await deployment.start(), await deployment.start()]
    one.pauses.pause('svc.work', ANNA)
    expect(one.paused()).toEqual(['svc.work'])
    expect(one.pauses.list()).toMatchObject([{ kept: 'deployment', isSaved: false }])
    await deployment.pass()
    expect(other.paused()).toEqual(['svc.work'])
    expect(other.told).toEqual(one.told)
    expect([one.saved, other.saved]).toEqual([['svc.work'], []])
    expect(other.pauses.list()).toEqual(one.pauses.list())
    expect(other.pauses.list()).toMatchObject([{ ...ANNA, kept: 'deployment', isSaved: true }])
  })

  it('D2: the end of a pause is in effect in the other instance, which learns who ended it', async () => {
    const deployment = new Deployment()
    const [one, other] = [await deployment.start(), await deployment.start()]
    one.pauses.pause('svc.report', ANNA)
    await deployment.pass()
    other.pauses.resume('svc.report#evening', { by: 'ben', reason: 'space again' })
    await deployment.pass()
    expect(one.paused()).toEqual(['svc.report#morning'])
    expect(one.told.at(-1)).toMatchObject({ entrypoint: 'svc.report#evening', isPaused: false, by: 'ben' })
  })

  it('a pause is in effect in an instance that starts later, before its first tick', async () => {
    const deployment = new Deployment()
    const one = await deployment.start()
    one.pauses.pause('svc.work', ANNA)
    await deployment.pass()
    await one.pauses.close()
    const later = await deployment.start()
    expect(later.paused()).toEqual(['svc.work'])
    expect(later.told).toMatchObject([{ entrypoint: 'svc.work', isPaused: true, ...ANNA }])
  })

  it('P4: while the store does not answer a pause is in effect here and a problem, and is stored afterwards', async () => {
    const deployment = new Deployment()
    const [one, other] = [await deployment.start(), await deployment.start()]
    deployment.failure = new Error('no connection')
    one.pauses.pause('svc.work', ANNA)
    await deployment.pass(10)
    expect(one.paused()).toEqual(['svc.work'])
    expect(one.failures).toMatchObject([{ entrypoints: ['svc.work'], kept: 'deployment' }])
    expect(one.pauses.problems.join('; ')).toContain('not in the coordination store yet (svc.work): no connection')
    expect(other.pauses.problems).toEqual([expect.stringContaining('cannot be read or written at present')])
    deployment.failure = undefined
    await deployment.pass(2)
    expect(other.paused()).toEqual(['svc.work'])
    expect([...one.pauses.problems, ...other.pauses.problems]).toEqual([])
  })

  it('D1: of two words of instances that could not see each other, the later one counts', async () => {
    const deployment = new Deployment()
    const [one, other] = [await deployment.start(), await deployment.start()]
    one.pauses.pause('svc.work', ANNA)
    one.pauses.pause('svc.report#morning', ANNA)
    await deployment.pass()
    one.store.failure = new Error('cut off')
    one.pauses.resume('svc.work', { by: 'one' })
    await deployment.pass()
    other.pauses.resume('svc.work', { by: 'other' })
    other.pauses.resume('svc.report#morning', { by: 'other' })
    await deployment.pass()
    other.pauses.pause('svc.work', { by: 'other again' })
    one.pauses.resume('svc.report#morning', { by: 'one' })
    await deployment.pass()
    one.store.failure = undefined
    await deployment.pass(3)
    for (const { paused, pauses } of [one, other]) {
      expect(paused()).toEqual(['svc.work'])
      expect(pauses.list()).toMatchObject([{ by: 'other again', isSaved: true }])
    }
    expect(await deployment.stored()).toMatchObject([
      { key: 'pause/svc.report#morning', isPaused: false, by: 'one' },
      { key: 'pause/svc.work', isPaused: true, by: 'other again' },
    ])
  })

  it('D2: a pause whose record the store has lost stays in effect and is written again', async () => {
    const deployment = new Deployment()
    const [one, other] = [await deployment.start(), await deployment.start()]
    one.pauses.pause('svc.work', ANNA)
    await deployment.pass()
    deployment.memory.values.records.clear()
    await deployment.pass(2)
    expect([one.paused(), other.paused()]).toEqual([['svc.work'], ['svc.work']])
    expect(await deployment.stored()).toMatchObject([{ key: 'pause/svc.work', isPaused: true, ...ANNA }])
    expect(one.told).toHaveLength(1)
    expect([...one.saved, ...other.saved]).toHaveLength(2)
  })

  it('D2: the end of a pause is deleted by an instance that starts a week later, not before', async () => {
    const deployment = new Deployment()
    const one = await deployment.start()
    one.pauses.pause('svc.work')
    await deployment.pass()
    one.pauses.resume('svc.work')
    await deployment.pass()
    await one.pauses.close()
    await deployment.clock.advance(6 * DAY)
    await (await deployment.start()).pauses.close()
    expect(await deployment.stored()).toHaveLength(1)
    await deployment.clock.advance(2 * DAY)
    await (await deployment.start()).pauses.close()
    expect(await deployment.stored()).toEqual([])
  })

  it('a start waits for the store for five seconds, then it goes on unpaused and says so until the pauses are known', async () => {
    const deployment = new Deployment()
    const one = await deployment.start()
    one.pauses.pause('svc.work', ANNA)
    await deployment.pass()
    deployment.failure = new Error('no connection')
    const later = pausedInstance({ clock: deployment.clock, isShared: true })
    later.pauses.gate!.opened(deployment.connect())
    let isStarted = false
    void later.pauses.loaded().then(() => {
      isStarted = true
    })
    await deployment.clock.advance(4_999_000)
    expect(isStarted).toBe(false)
    await deployment.clock.advance(2_000)
    expect(isStarted).toBe(true)
    expect(later.paused()).toEqual([])
    expect(later.pauses.problems).toEqual([
      'the pauses of the deployment are not known, so timers that are paused may run: no connection',
    ])
    expect(later.failures).toHaveLength(1)
    deployment.failure = undefined
    await deployment.pass()
    expect(later.paused()).toEqual(['svc.work'])
    expect(later.pauses.problems).toEqual([])
  })

  it('a start does not wait for a store that nobody trusts, and says why the pauses are not known', async () => {
    const deployment = new Deployment()
    deployment.failure = new StoreUnfitError('the server may evict keys')
    const instance = pausedInstance({ clock: deployment.clock, isShared: true })
    instance.pauses.gate!.opened(deployment.connect())
    const loaded = instance.pauses.loaded()
    await deployment.clock.advance(1)
    await loaded
    expect(instance.pauses.problems[0]).toContain('are not known')
    expect(instance.pauses.problems[0]).toContain('the server may evict keys')
  })

  it('a start without the store has the pauses that its state file knows of the deployment', async () => {
    const deployment = new Deployment()
    const file = new FakeFile()
    const [one, other] = [await deployment.start({ file }), await deployment.start()]
    other.pauses.pause('svc.work', ANNA)
    await deployment.pass()
    expect(file.disk).toMatchObject([{ entrypoint: 'svc.work', ...ANNA, isStored: true }])
    await one.pauses.close()
    deployment.failure = new Error('no connection')
    const again = await deployment.start({ file: new FakeFile(file.disk) })
    expect(again.paused()).toEqual(['svc.work'])
    other.store.failure = undefined
    deployment.failure = undefined
    other.pauses.resume('svc.work', { by: 'ben' })
    await deployment.pass(2)
    expect(again.paused()).toEqual([])
    expect(again.told.at(-1)).toMatchObject({ isPaused: false, by: 'ben' })
  })

  it('what was said while the store did not answer survives the process in its state file, and is stored by the next one', async () => {
    const deployment = new Deployment()
    const file = new FakeFile()
    const one = await deployment.start({ file })
    const other = await deployment.start()
    other.pauses.pause('svc.report#morning', ANNA)
    await deployment.pass()
    deployment.failure = new Error('no connection')
    one.pauses.pause('svc.work', ANNA)
    await deployment.pass()
    one.pauses.resume('svc.report#morning', ANNA)
    await deployment.pass()
    // The first process is killed: nothing but its disk is left.
    const disk = file.disk
    one.store.failure = new Error('killed')
    deployment.failure = undefined
    const next = await deployment.start({ file: new FakeFile(disk) })
    await deployment.pass(2)
    for (const { paused } of [next, other]) expect(paused()).toEqual(['svc.work'])
    expect(other.pauses.list()).toMatchObject([{ entrypoint: 'svc.work', ...ANNA, isSaved: true }])
  })

  it('the pauses of an instance become those of the deployment once it has a store', async () => {
    const deployment = new Deployment()
    const at = deployment.clock.wallNow()
    const file = new FakeFile([{ entrypoint: 'svc.work', isPaused: true, at, ...ANNA, isStored: false }])
    const [other, one] = [await deployment.start(), await deployment.start({ file })]
    expect(one.paused()).toEqual(['svc.work'])
    await deployment.pass()
    expect(other.pauses.list()).toMatchObject([{ entrypoint: 'svc.work', at, ...ANNA, kept: 'deployment' }])
  })

  it('D3: nothing is led or claimed before the pauses are known, except when the store refuses to tell them', async () => {
    const deployment = new Deployment()
    await deployment.values.put('pause/svc.work', JSON.stringify({ isPaused: true, at: 1, by: 'anna' }), {}, patient)
    deployment.failure = new Error('no connection')
    const instance = await deployment.start()
    await instance.pauses.gate!.beforeLeading(patient)
    expect(instance.paused()).toEqual([])
    deployment.failure = undefined
    await instance.pauses.gate!.beforeLeading(patient)
    expect(instance.paused()).toEqual(['svc.work'])
  })

  it('a record that is no pause is a problem, pauses nothing, and is replaced by the next pause', async () => {
    const deployment = new Deployment()
    await deployment.values.put('pause/svc.work', '{"isPaused":"yes"}', {}, patient)
    const instance = await deployment.start()
    expect(instance.paused()).toEqual([])
    expect(instance.pauses.problems).toEqual([
      expect.stringContaining('the pause of svc.work in the coordination store'),
    ])
    instance.pauses.pause('svc.work', ANNA)
    await deployment.pass(2)
    expect(await deployment.stored()).toMatchObject([{ isPaused: true, ...ANNA }])
    expect(instance.pauses.problems).toEqual([])
  })

  it('a stop stores what was said just before it', async () => {
    const deployment = new Deployment()
    const instance = await deployment.start()
    instance.pauses.pause('svc.work', ANNA)
    const closed = instance.pauses.close()
    await deployment.clock.advance(1)
    await closed
    expect(await deployment.stored()).toMatchObject([{ key: 'pause/svc.work' }])
  })

  it('a stop does not wait for longer than two seconds for a store that does not answer', async () => {
    const deployment = new Deployment()
    const instance = await deployment.start()
    deployment.failure = new Error('no connection')
    instance.pauses.pause('svc.work', ANNA)
    const closed = instance.pauses.close()
    await deployment.clock.advance(2_000_001)
    await closed
    expect(instance.pauses.list()).toMatchObject([{ isSaved: false }])
  })
})
