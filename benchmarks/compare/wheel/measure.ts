/** Runs as its own process: measures one contender of one case with n timers. Prints JSON. */
import { BEATS, type Beat, beatSample, costOfNode } from '../../wheel/beat.js'
import { CHURNS, type ChurnConstructor, churnSample } from '../../wheel/churn.js'
import { bytesPerTimer } from '../../wheel/memory.js'
import { SCHEDULERS, schedulerSample } from '../../wheel/scheduler-beat.js'
import { heapBeat, heapChurn } from './heap-contenders.js'

const [what, contender, n] = [process.argv[2]!, process.argv[3]!, Number(process.argv[4])]

async function churnOf(name: string): Promise<ChurnConstructor> {
  if (name === 'timer-wheel') return (await packaged()).TimerWheelChurn
  if (name === 'binary heap') return heapChurn(1)
  return CHURNS[{ Escapement: 'wheel', setTimeout: 'setTimeout', '4-ary heap': 'heap' }[name]!]!
}

async function beatOf(name: string): Promise<new (phases: Int32Array) => Beat> {
  if (name === 'timer-wheel') return (await packaged()).TimerWheelBeat
  if (name === 'binary heap') return heapBeat(1)
  return BEATS[{ Escapement: 'wheel', '4-ary heap': 'heap' }[name]!]!
}

/** Not compiled with the rest: the package is installed for the comparison only. */
async function packaged() {
  const file: string = './timer-wheel.mjs'
  return await import(file)
}

const CASES: Readonly<Record<string, () => Promise<number>>> = {
  churn: async () => churnSample(n, ' at random')(await churnOf(contender)),
  beat: async () => (contender === 'setTimeout' ? costOfNode(n) : beatSample(n, ' at random')(await beatOf(contender))),
  // Which structure the scheduler has is decided by what the process imports first.
  scheduler: async () => schedulerSample(n)(SCHEDULERS['offers taken']),
  memory: async () => (await bytesPerTimer(await churnOf(contender), n)).allocated,
}

process.stdout.write(JSON.stringify({ value: await CASES[what]!() }), () => process.exit())
