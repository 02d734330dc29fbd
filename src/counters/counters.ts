/** The counters of an engine, as the main thread writes them: one block of shared memory, and a {@link Row} for each of its rows. */
import type { TimerIndex } from '../kernel/due-tick.js'
import { InternalError } from '../kernel/errors.js'
import { type Catalogue, methodId } from './catalogue.js'
import { bytesOf, layoutOf, type RowKind, rowAt } from './layout.js'
import { Row } from './row.js'
import { ringCapacity, TickRing } from './tick-ring.js'

export class Counters {
  readonly catalogue: Catalogue
  /** To be read with the catalogue, on any thread. */
  readonly memory: SharedArrayBuffer
  /** The recent ticks of all timers. */
  readonly recent: TickRing
  readonly process: Row
  readonly #timers: readonly Row[]
  readonly #timersById: ReadonlyMap<string, Row>
  readonly #methods: ReadonlyMap<string, Row>
  readonly #rpcs: ReadonlyMap<string, Row>
  readonly #services: ReadonlyMap<string, Row>
  readonly #pools: ReadonlyMap<string, Row>
  readonly #leases: ReadonlyMap<string, Row>

  constructor(catalogue: Catalogue) {
    const layout = layoutOf(catalogue)
    this.catalogue = catalogue
    this.memory = new SharedArrayBuffer(bytesOf(layout))
    this.recent = new TickRing(ringCapacity(catalogue.timers.length))
    const words = new Float64Array(this.memory)
    const sequence = new Int32Array(this.memory)
    const row = (kind: RowKind, index: number) => new Row(words, sequence, rowAt(layout, kind, index))
    const keyed = <Kind extends RowKind>(kind: Kind, key: (entry: Catalogue[Kind][number]) => string) =>
      new Map(catalogue[kind].map((entry, index) => [key(entry), row(kind, index)]))
    this.process = row('process', 0)
    this.#timersById = keyed('timers', ({ id }) => id)
    this.#timers = [...this.#timersById.values()]
    this.#methods = keyed('methods', ({ service, method }) => methodId(service, method))
    this.#rpcs = keyed('rpcs', ({ service, method }) => methodId(service, method))
    this.#services = keyed('services', ({ service }) => service)
    this.#pools = keyed('pools', ({ pool }) => pool)
    this.#leases = keyed('leases', ({ lease }) => lease)
  }

  /** The row of a timer, by its index among all timers. */
  timer(index: TimerIndex): Row {
    return known(this.#timers[index], index)
  }

  timerOf(id: string): Row {
    return known(this.#timersById.get(id), id)
  }

  method(service: string, method: string): Row {
    const id = methodId(service, method)
    return known(this.#methods.get(id), id)
  }

  rpc(service: string, method: string): Row {
    const id = methodId(service, method)
    return known(this.#rpcs.get(id), id)
  }

  service(name: string): Row {
    return known(this.#services.get(name), name)
  }

  pool(name: string): Row {
    return known(this.#pools.get(name), name)
  }

  lease(name: string): Row {
    return known(this.#leases.get(name), name)
  }
}

function known(row: Row | undefined, name: string | number): Row {
  if (!row) throw new InternalError(`the counters have no row for ${name}`)
  return row
}
