import { describe, expect, it } from 'vitest'
import { settle } from './cuttable-store.js'
import { ANNA, FakeFile, pausedInstance } from './paused-instance.js'

const AT = Date.UTC(2026, 0, 1)
const saved = (entrypoint: string) => ({ entrypoint, isPaused: true, at: AT, ...ANNA, isStored: false })

describe('pauses that are kept in the state file', () => {
  it('a pause of the file is in effect before anything else happens, and is told', () => {
    const { paused, told, pauses } = pausedInstance({ file: new FakeFile([saved('svc.work')]) })
    expect(paused()).toEqual(['svc.work'])
    const view = { entrypoint: 'svc.work', at: AT, ...ANNA, kept: 'instance', isKnown: true }
    expect(told).toEqual([{ ...view, isPaused: true }])
    expect(pauses.list()).toEqual([{ ...view, isSaved: true }])
  })

  it('a pause is in the file at once, and its end takes it out', async () => {
    const file = new FakeFile()
    const { saved, pauses } = pausedInstance({ file })
    expect(pauses.pause('svc.work', ANNA)).toMatchObject([{ kept: 'instance', isSaved: false }])
    expect(saved).toEqual([])
    await settle()
    expect(saved).toEqual(['svc.work'])
    expect(file.disk).toMatchObject([{ entrypoint: 'svc.work', isPaused: true, ...ANNA }])
    expect(pauses.list()).toMatchObject([{ isSaved: true }])
    pauses.resume('svc.work')
    await settle()
    expect(file.disk).toEqual([])
    expect(pauses.problems).toEqual([])
  })

  it('a pause of a method that has named timers now pauses all of them, and each can be resumed alone', () => {
    const { paused, pauses } = pausedInstance({ file: new FakeFile([saved('svc.report')]) })
    expect(paused()).toEqual(['svc.report#morning', 'svc.report#evening'])
    expect(pauses.resume('svc.report#evening')).toMatchObject([{ entrypoint: 'svc.report', ...ANNA }])
    expect(paused()).toEqual(['svc.report#morning'])
    pauses.resume('svc.report')
    expect(paused()).toEqual([])
    expect(pauses.list()).toEqual([])
  })

  it('a pause of a timer that does not exist any more is kept, told as unknown, and can be ended', async () => {
    const file = new FakeFile([saved('svc.gone')])
    const { paused, told, pauses } = pausedInstance({ file })
    expect(paused()).toEqual([])
    expect(told).toMatchObject([{ entrypoint: 'svc.gone', isKnown: false }])
    pauses.pause('svc.work')
    await settle()
    expect(file.disk.map(({ entrypoint }) => entrypoint)).toEqual(['svc.gone', 'svc.work'])
    expect(pauses.resume('svc.gone')).toMatchObject([{ entrypoint: 'svc.gone', isKnown: false }])
    await settle()
    expect(file.disk.map(({ entrypoint }) => entrypoint)).toEqual(['svc.work'])
  })

  it('P4: a pause that cannot be written is in effect and a problem, is told once, and is written again', async () => {
    const file = new FakeFile()
    file.isWritable = false
    const { simulation, paused, failures, pauses } = pausedInstance({ file })
    pauses.pause('svc.work')
    await settle()
    await simulation.advance(10_000)
    expect(paused()).toEqual(['svc.work'])
    expect(pauses.list()).toMatchObject([{ isSaved: false }])
    expect(failures).toMatchObject([{ entrypoints: ['svc.work'], kept: 'instance' }])
    expect(pauses.problems).toEqual([expect.stringContaining('not in the state file yet (svc.work)')])
    file.isWritable = true
    await simulation.advance(60_000)
    expect(file.disk).toMatchObject([{ entrypoint: 'svc.work' }])
    expect(pauses.list()).toMatchObject([{ isSaved: true }])
    expect(pauses.problems).toEqual([])
  })

  it('a pause said while another one is written is written too', async () => {
    const file = new FakeFile()
    const { pauses } = pausedInstance({ file })
    pauses.pause('svc.work')
    pauses.pause('svc.report')
    pauses.resume('svc.work')
    await settle()
    expect(file.disk.map(({ entrypoint }) => entrypoint)).toEqual(['svc.report#evening', 'svc.report#morning'])
    await pauses.close()
    expect(pauses.list().map(({ isSaved }) => isSaved)).toEqual([true, true])
  })

  it('pauses that a deployment kept are those of the instance once it has no store any more', () => {
    const file = new FakeFile([
      { ...saved('svc.work'), isStored: true },
      { ...saved('svc.report#evening'), isPaused: false },
    ])
    const { paused, pauses } = pausedInstance({ file })
    expect(paused()).toEqual(['svc.work'])
    expect(pauses.list()).toMatchObject([{ kept: 'instance' }])
  })
})
