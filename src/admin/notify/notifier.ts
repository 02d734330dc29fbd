/** Looks at the counters once a second, sends what has changed, and beats while all is well. It runs on the admin thread. */
import { randomUUID } from 'node:crypto'
import type { Catalogue } from '../../counters/catalogue.js'
import { CounterReader } from '../../counters/reader.js'
import type { Clock } from '../../kernel/clock.js'
import type { Health } from '../../kernel/health.js'
import type { HeartbeatSettings, Notice, NotifySettings } from '../../kernel/notices.js'
import { type Micros, microsFromSeconds } from '../../kernel/time.js'
import type { AdminCounts } from '../../observe/admin-counts.js'
import { Delivery } from './delivery.js'
import { Detector } from './detector.js'
import { Heartbeat } from './heartbeat.js'
import { pinger, poster } from './requests.js'

export interface NotifierOptions {
  readonly notify?: NotifySettings | undefined
  readonly heartbeat?: HeartbeatSettings | undefined
  readonly catalogue: Catalogue
  readonly memory: SharedArrayBuffer
  /** The name of the instance among the instances of its deployment. */
  readonly instance: string
  readonly host: string
  readonly clock: Pick<Clock, 'after' | 'sleep' | 'wallNow'>
  /** Asks the main thread. Never rejects. */
  readonly health: () => Promise<Health>
  readonly counts: Pick<AdminCounts, 'notification' | 'heartbeat'>
  /** For the log of the supervisor. */
  readonly onProblem: (text: string, error?: unknown) => void
}

/** Whether there is somebody to tell. */
export function notifies({ notify, heartbeat }: Pick<NotifierOptions, 'notify' | 'heartbeat'>): boolean {
  return notify !== undefined || heartbeat !== undefined
}

const LOOK_EVERY: Micros = microsFromSeconds(1)

export class Notifier {
  readonly #options: NotifierOptions
  readonly #detector: Detector
  readonly #reader: CounterReader
  readonly #delivery: Delivery | undefined
  readonly #heartbeat: Heartbeat | undefined
  #cancel: () => void = () => {}

  constructor(options: NotifierOptions) {
    const { notify, heartbeat, catalogue, memory, clock, counts, onProblem } = options
    this.#options = options
    this.#detector = new Detector(catalogue)
    this.#reader = new CounterReader(catalogue, memory)
    this.#delivery =
      notify &&
      new Delivery({ clock, post: poster(notify, clock), count: (result) => counts.notification(result), onProblem })
    this.#look()
    this.#heartbeat =
      heartbeat &&
      new Heartbeat({
        clock,
        every: heartbeat.every,
        ping: pinger(heartbeat.url),
        problem: () => this.#problem(),
        count: (result) => counts.heartbeat(result),
        onProblem,
      })
  }

  /** Sends nothing more. */
  stop(): void {
    this.#cancel()
    this.#heartbeat?.stop()
    const lost = this.#delivery?.stop() ?? 0
    if (lost > 0) this.#options.onProblem(`${lost} notifications that waited for their receiver are lost`)
  }

  /** Tells what has changed since the last look, and sends what waits, for at most `within`; resolves to the number of lost ones. */
  async finish(within: Micros): Promise<number> {
    this.#cancel()
    this.#heartbeat?.stop()
    this.#tell()
    return (await this.#delivery?.finish(within)) ?? 0
  }

  #look(): void {
    this.#cancel = this.#options.clock.after(LOOK_EVERY, () => this.#look())
    this.#tell()
  }

  #tell(): void {
    const { clock, notify } = this.#options
    const notices = this.#detector.look(this.#reader.snapshot(), clock.wallNow())
    for (const notice of notices) if (notify?.on.includes(notice.kind)) this.#delivery?.add(this.#bodyOf(notice))
  }

  /** The id lets a receiver see that it has been sent a notification twice: its answer to the first may have been lost. */
  #bodyOf(notice: Notice): string {
    const { instance, host } = this.#options
    return JSON.stringify({ id: randomUUID(), ...notice, instance, host })
  }

  /** Why no heartbeat is sent. */
  async #problem(): Promise<string | undefined> {
    const { live, problems } = await this.#options.health()
    if (!live) return problems[0]?.text ?? 'the scheduler does not work'
    const [incident] = this.#detector.open
    return incident
  }
}
