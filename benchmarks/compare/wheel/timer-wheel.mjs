/**
 * The npm package timer-wheel. Its shortest delay is 1 s and it resolves about 1 s, so it gets the same moments a thousand times longer: its
 * milliseconds stand for microseconds. It does not tell when its next timer is due: it is advanced from one of its steps to the next.
 */
import { TimerWheel } from 'timer-wheel'

const PERIOD = 100_000
/** Of its finest level. */
const STEP = 1_024

export class TimerWheelChurn {
  static handleBytes = 8
  #wheel = new TimerWheel()
  #handles

  constructor(delays) {
    this.#handles = Array.from(delays, (delay, at) => this.#wheel.schedule(at, delay * 1_000))
  }

  run(victims, delays) {
    const wheel = this.#wheel
    const handles = this.#handles
    for (let at = 0; at < victims.length; at++) {
      const victim = victims[at]
      handles[victim].remove()
      handles[victim] = wheel.schedule(victim, delays[at] * 1_000)
    }
  }

  clear() {}
}

export class TimerWheelBeat {
  #begun = Date.now()
  #now = 0
  #wheel
  #due

  constructor(phases) {
    // The package reads the clock of the system when a timer is scheduled: here it is a virtual one.
    Date.now = () => this.#begun + this.#now
    this.#wheel = new TimerWheel()
    this.#due = Float64Array.from(phases)
    for (const [timer, due] of this.#due.entries()) this.#wheel.schedule(timer, due)
  }

  run(count) {
    const wheel = this.#wheel
    const due = this.#due
    let sum = 0
    for (let done = 0; done < count; ) {
      this.#now += STEP
      const expired = wheel.advance(this.#now)
      for (const timer of expired) {
        sum += timer
        due[timer] += PERIOD
        wheel.schedule(timer, due[timer] - this.#now)
      }
      done += expired.length
    }
    return sum
  }
}
