import { describe, expect, it } from 'vitest'
import { UsageError } from '../../../src/kernel/errors.js'
import type { PauseChanged } from '../../../src/kernel/pause.js'
import { Pauses } from '../../../src/supervise/pauses/pauses.js'
import { Simulation } from '../../support/simulation.js'
import { timerDefinition } from '../../support/timer.js'

const named = (name: string) => timerDefinition({ method: 'report', name })
const REPORTS = [named('morning'), timerDefinition(), named('evening')]

function started() {
  const simulation = new Simulation(REPORTS, () => 1)
  const told: PauseChanged[] = []
  simulation.events.on('pause.changed', (event) => told.push(event))
  const pauses = new Pauses({ ...simulation, file: undefined, isShared: false, period: 2_000_000 })
  const paused = () => simulation.timers.filter(({ isPaused }) => isPaused).map(({ definition }) => definition.id)
  return { simulation, told, pauses, paused }
}

const ANNA = { by: 'anna', reason: 'the disk is full' }

describe('pauses of one process', () => {
  it('P2: a pause is in effect, is told, and says who, when and why', () => {
    const { simulation, told, pauses, paused } = started()
    const at = simulation.clock.wallNow()
    const view = { entrypoint: 'svc.work', at, ...ANNA, kept: 'process', isKnown: true }
    expect(pauses.pause('svc.work', ANNA)).toEqual([{ ...view, isSaved: true }])
    expect(paused()).toEqual(['svc.work'])
    expect(told).toEqual([{ ...view, isPaused: true }])
    expect(pauses.of(simulation.timers[1]!)).toMatchObject(ANNA)
    expect(pauses.of(simulation.timers[0]!)).toBeUndefined()
  })

  it('P2: the end of a pause is in effect, is told, and says who, when and why', async () => {
    const { simulation, told, pauses, paused } = started()
    pauses.pause('svc.work', ANNA)
    await simulation.advance(500)
    const at = simulation.clock.wallNow()
    expect(pauses.resume('svc.work', { by: 'ben' })).toMatchObject([ANNA])
    expect(paused()).toEqual([])
    expect(pauses.list()).toEqual([])
    expect(told[1]).toEqual({ entrypoint: 'svc.work', isPaused: false, at, by: 'ben', kept: 'process', isKnown: true })
  })

  it('P3: a pause of a paused timer keeps the first one and is not told', () => {
    const { told, pauses } = started()
    pauses.pause('svc.report#evening', ANNA)
    const views = pauses.pause('svc.report', { by: 'ben' })
    expect(views.map(({ entrypoint, by }) => [entrypoint, by])).toEqual([
      ['svc.report#morning', 'ben'],
      ['svc.report#evening', 'anna'],
    ])
    expect(told.map(({ entrypoint }) => entrypoint)).toEqual(['svc.report#evening', 'svc.report#morning'])
  })

  it('P1: the id of a method pauses and resumes all of its timers, that of a timer only this one', () => {
    const { pauses, paused } = started()
    pauses.pause('svc.report')
    expect(paused()).toEqual(['svc.report#morning', 'svc.report#evening'])
    expect(pauses.resume('svc.report#evening')).toHaveLength(1)
    expect(paused()).toEqual(['svc.report#morning'])
    expect(pauses.resume('svc.report')).toHaveLength(1)
    expect(paused()).toEqual([])
    expect(pauses.resume('svc.report')).toEqual([])
  })

  it('an id that no timer and no pause has is refused', () => {
    const { pauses } = started()
    expect(() => pauses.pause('svc.gone')).toThrow(UsageError)
    expect(() => pauses.resume('svc.gone')).toThrow('there is no timer "svc.gone"')
  })

  it('who and why are checked: an unknown option, no text, and a text that is too long are refused', () => {
    const { pauses, paused } = started()
    const refusal = (options: object) => {
      try {
        pauses.pause('svc.work', options)
      } catch (error) {
        return (error as Error).message
      }
    }
    expect(refusal({ who: 'anna' })).toContain('supervisor.pause(): option "who" is not known')
    expect(refusal({ by: '' })).toBe(
      'supervisor.pause(): "by" is a text of 1 to 100 characters, got one of 0 characters',
    )
    expect(refusal({ by: 7 })).toBe('supervisor.pause(): "by" is a text of 1 to 100 characters, got 7')
    expect(refusal({ reason: 'x'.repeat(501) })).toContain('"reason" is a text of 0 to 500 characters, got one of 501')
    expect(paused()).toEqual([])
    expect(pauses.pause('svc.work')[0]!.by).toMatch(/\(process \d+\)$/)
  })
})
