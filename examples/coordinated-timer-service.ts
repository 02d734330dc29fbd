/**
 * A service whose instances share the work: one instance cleans up under a lease; each instance processes its own part of the
 * items and marks them completed or failed; and each report is written by one instance, the first that claims the tick.
 *
 * `npm run example:cluster` runs three instances. A single instance leads and owns every item.
 */
import { Config, fromConfig, inject, Logger, Members, service, type Tick, timer } from 'escapement'

interface WorkItem {
  readonly id: number
  state: 'open' | 'completed' | 'failed'
}

@service('coordinated_timer_service')
export class CoordinatedTimerService {
  @inject(Members) members!: Members
  @inject(Config) config!: Config
  @inject(Logger) log!: Logger
  private readonly items = new Map<number, WorkItem>()

  /** Runs on the instance that holds the lease. Send the fencing token with every write: the storage refuses a lower one. */
  @timer(fromConfig('LEADER_INTERVAL', 300), { scope: 'leader' })
  leaderElectionTask(tick: Tick) {
    let removed = 0
    for (const item of this.items.values()) {
      tick.lease!.assertHeld()
      if (item.state !== 'open' && this.items.delete(item.id)) removed += 1
    }
    this.log.info({ removed, fencingToken: String(tick.lease!.fencingToken) }, 'cleaned up as the leader')
  }

  /** Runs on every instance at the same moments. Each instance processes the items that it owns. */
  @timer(fromConfig('WORK_INTERVAL', 60), { align: true })
  distributedWorkTask(tick: Tick) {
    const mine = this.members.mine(this.itemsOf(tick))
    for (const item of mine) {
      try {
        this.process(item)
        item.state = 'completed'
      } catch (error) {
        item.state = 'failed'
        this.log.error({ err: error, item: item.id }, 'work item failed')
      }
      this.items.set(item.id, item)
    }
    const failed = mine.filter((item) => item.state === 'failed').length
    const items = mine.map((item) => item.id)
    this.log.info({ completed: mine.length - failed, failed, items, instances: this.members.list.length }, 'work done')
  }

  /** Each tick runs on one instance, the first that claims it. */
  @timer(fromConfig('CLUSTER_INTERVAL', 60), { scope: 'cluster' })
  report(tick: Tick) {
    this.log.info({ dueAt: tick.dueAt }, 'report written, by this instance alone')
  }

  /** Ten new items for each tick, the same on every instance. A real service would read them from a database. */
  private itemsOf({ dueAt }: Tick): WorkItem[] {
    const first = Math.floor(dueAt.getTime() / 100) * 10
    return Array.from({ length: 10 }, (_, n) => ({ id: first + n, state: 'open' }))
  }

  private process(item: WorkItem) {
    if (Math.random() < this.config.get('ITEM_FAILURE_RATE', 0.05)) {
      throw new Error(`item ${item.id} cannot be processed`)
    }
  }
}
