import { describe, expect, it } from 'vitest'
import type { ControlCommand } from '../../src/kernel/control.js'
import type { CommandDone } from '../../src/kernel/events.js'
import { carryOut } from '../../src/supervise/control/carry-out.js'
import { Commands } from '../../src/supervise/control/commands.js'
import { Pauses } from '../../src/supervise/pauses/pauses.js'
import { Simulation } from '../support/simulation.js'
import { timerDefinition } from '../support/timer.js'

const ANN = { by: 'Ann', reason: 'a fire' }

async function scene(until = 150) {
  const named = { service: 'svc', method: 'report' }
  const definitions = [
    timerDefinition({ service: 'svc', method: 'stuck', id: 'svc.stuck' }),
    timerDefinition({ ...named, id: 'svc.report#a', name: 'a', overlap: 'allow', concurrency: 2 }),
    timerDefinition({ ...named, id: 'svc.report#b', name: 'b', overlap: 'allow', concurrency: 2 }),
  ]
  const simulation = new Simulation(definitions, () => ({ takes: Infinity, stopsIn: 1 }))
  const { events } = simulation
  const commands = new Commands(simulation)
  const pauses = new Pauses({ ...simulation, file: undefined, isShared: false, period: 2_000_000 })
  const done: CommandDone[] = []
  events.on('command.done', (event) => done.push(event))
  simulation.scheduler.start()
  await simulation.advance(until)
  const engine = {
    trigger: commands.trigger.bind(commands),
    abort: commands.abort.bind(commands),
    pause: pauses.pause.bind(pauses),
    resume: pauses.resume.bind(pauses),
  }
  const ask = (action: ControlCommand['action'], entrypoint: string) => carryOut(engine, { action, entrypoint, ...ANN })
  return { simulation, commands, done, ask }
}

describe('a command', () => {
  it('to abort concerns the runs of one timer, or of all timers of a method, and tells who gave it', async () => {
    const { simulation, commands, done } = await scene()
    expect(commands.abort('svc.report#b', ANN)).toEqual({ aborted: 1, left: 0 })
    await simulation.advance(5)
    expect(simulation.ended.map(({ entrypoint }) => entrypoint)).toEqual(['svc.report#b'])
    expect(commands.abort('svc.report', ANN)).toEqual({ aborted: 1, left: 0 })
    expect(commands.abort('svc.report', ANN)).toEqual({ aborted: 0, left: 1 })
    await simulation.advance(5)
    expect(commands.abort('svc.report')).toEqual({ aborted: 0, left: 0 })
    const subject = { service: 'svc', method: 'report', action: 'abort' }
    expect(done).toMatchObject([
      { ...subject, ...ANN, entrypoint: 'svc.report#b', text: '1 run of svc.report#b was aborted' },
      { ...subject, ...ANN, entrypoint: 'svc.report', text: '1 run of svc.report was aborted' },
      { text: '0 runs of svc.report were aborted; 1 run has not begun, or just ended, and stays' },
      { text: 'no run of svc.report is in progress', by: expect.stringContaining(String(process.pid)) },
    ])
    expect(simulation.imbalance).toBe(0)
  })

  it('to trigger tells who gave it, and what became of the tick', async () => {
    const { commands, done } = await scene(50)
    expect(commands.trigger('svc.stuck', ANN)).toBe('started')
    expect(commands.trigger('svc.stuck')).toBe('running')
    expect(done).toMatchObject([
      {
        action: 'trigger',
        entrypoint: 'svc.stuck',
        ...ANN,
        text: 'a tick of svc.stuck was added, and its run has started',
      },
      { action: 'trigger', text: 'a tick of svc.stuck was added and skipped: running' },
    ])
  })

  it.each([
    ['an id of no timer', () => ['svc.stick', {}], 'ERR_NO_TIMER'],
    ['an unknown option', () => ['svc.stuck', { because: 'x' }], 'ERR_UNKNOWN_OPTION'],
    ['a name that is too long', () => ['svc.stuck', { by: 'x'.repeat(101) }], 'ERR_OPTIONS'],
  ] as [string, () => [string, object], string][])(
    'refuses %s, and then does and tells nothing',
    async (_what, given, code) => {
      const { simulation, commands, done } = await scene()
      const [id, options] = given()
      for (const call of [() => commands.abort(id, options), () => commands.trigger(id, options)]) {
        expect(call).toThrow(expect.objectContaining({ code }))
      }
      await simulation.advance(10)
      expect([done, simulation.ended]).toEqual([[], []])
    },
  )

  it('that comes over HTTP gets a sentence that says what it did', async () => {
    const { simulation, ask } = await scene()
    expect(ask('pause', 'svc.stuck')).toEqual({
      isDone: true,
      text: 'svc.stuck is paused by Ann, until this process ends',
    })
    expect(ask('resume', 'svc.stuck')).toEqual({ isDone: true, text: 'svc.stuck ticks again' })
    expect(ask('resume', 'svc.stuck')).toEqual({ isDone: true, text: 'svc.stuck was not paused' })
    expect(ask('abort', 'svc.stuck')).toEqual({ isDone: true, text: '1 run of svc.stuck was aborted' })
    await simulation.advance(5)
    expect(ask('trigger', 'svc.stuck')).toMatchObject({ isDone: true })
  })

  it.each(['trigger', 'pause', 'resume', 'abort'] as const)(
    'that comes over HTTP and cannot be carried out gets the code of the error: %s',
    async (action) => {
      const { ask } = await scene()
      expect(ask(action, 'svc.stick')).toMatchObject({
        isDone: false,
        code: 'ERR_NO_TIMER',
        text: expect.stringContaining('did you mean "svc.stuck"'),
      })
    },
  )

  it('fails when it finds a bug: that is no answer to whoever gave it', () => {
    const fail = () => {
      throw new TypeError('a bug')
    }
    const engine = { trigger: fail, pause: fail, resume: fail, abort: fail }
    expect(() => carryOut(engine, { action: 'abort', entrypoint: 'svc.stuck', by: 'Ann' })).toThrow(TypeError)
  })
})
