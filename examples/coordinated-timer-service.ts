/**
 * Work that several instances share: a clean-up that only the leader does, and items that each instance takes its own
 * part of, marked completed or failed.
 *
 * Leadership and membership are asked of two interfaces. In this release `Coordination` answers them for a process that
 * is alone: it always leads, and every item is its own. With leases over Redis, Postgres or etcd the clean-up becomes
 * `scope: 'leader'`, and the items come from `members.mine(items)`.
 */
import { randomUUID } from 'node:crypto'
import { DependencyProvider, fromConfig, inject, Logger, service, timer } from 'escapement'

interface WorkItem {
  readonly id: number
  state: 'open' | 'completed' | 'failed'
}

interface Coordinator {
  readonly instance: string
  isLeader(task: string): boolean
  mine<Item>(items: readonly Item[]): Item[]
}

class Coordination extends DependencyProvider<Coordinator> {
  get(): Coordinator {
    return { instance: randomUUID(), isLeader: () => true, mine: (items) => [...items] }
  }
}

@service('coordinated_timer_service')
export class CoordinatedTimerService {
  @inject(Coordination) coordination!: Coordinator
  @inject(Logger) log!: Logger
  private items: WorkItem[] = []
  private lastId = 0

  @timer(fromConfig('LEADER_INTERVAL', 300))
  leaderElectionTask() {
    const { instance } = this.coordination
    if (!this.coordination.isLeader('cleanup_task')) return this.log.debug('another instance cleans up')
    const before = this.items.length
    this.items = this.items.filter((item) => item.state === 'open')
    this.log.info({ instance, removed: before - this.items.length }, 'cleaned up as the leader')
  }

  @timer(fromConfig('WORK_INTERVAL', 60))
  distributedWorkTask() {
    for (let n = 0; n < 10; n++) this.items.push({ id: ++this.lastId, state: 'open' })
    const open = this.items.filter((item) => item.state === 'open')
    const mine = this.coordination.mine(open)
    for (const item of mine) {
      try {
        this.process(item)
        item.state = 'completed'
      } catch (error) {
        item.state = 'failed'
        this.log.error({ err: error, item: item.id }, 'work item failed')
      }
    }
    const failed = mine.filter((item) => item.state === 'failed').length
    this.log.info({ completed: mine.length - failed, failed }, 'work done')
  }

  private process(item: WorkItem) {
    if (item.id % 25 === 0) throw new Error(`item ${item.id} cannot be processed`)
  }
}
