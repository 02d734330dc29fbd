/**
 * Synchronises users with an external system every ten minutes and cleans up every thirty. It reads the users from
 * user-service, on another thread, and the batch size from the configuration. When one user fails, the others are still
 * synchronised. The position of the last batch is kept in `State`, which outlives the thread.
 */
import { Config, fromConfig, inject, Logger, type Remote, rpcProxy, State, service, type Tick, timer } from 'escapement'
import type { User, UserService } from './user-service.js'

@service('data_sync_service')
export class DataSyncService {
  @rpcProxy('user_service') users!: Remote<UserService, 'getUsersForSync' | 'cleanupOldSessions'>
  @inject(Config) config!: Config
  @inject(State) state!: State
  @inject(Logger) log!: Logger

  @timer(fromConfig('SYNC_INTERVAL', 600))
  async syncUserData(tick: Tick) {
    const limit = this.config.get('SYNC_BATCH_SIZE', 100)
    const since = await this.state.get<number>('syncedUntil', 0)
    const users = await this.users.getUsersForSync({ since, limit })
    let synced = 0
    for (const user of users) {
      tick.throwIfAborted()
      try {
        await this.syncToExternalSystem(user)
        synced += 1
      } catch (error) {
        this.log.error({ err: error, user: user.id }, 'user not synchronised')
      }
    }
    const last = users.at(-1)
    if (last) await this.state.set('syncedUntil', last.changedAt)
    this.log.info({ synced, of: users.length }, 'users synchronised')
  }

  @timer(fromConfig('OLD_DATA_INTERVAL', 1800))
  async cleanupOldData(tick: Tick) {
    const sevenDaysAgo = tick.dueAt.getTime() - 7 * 24 * 3600 * 1000
    const { deletedCount } = await this.users.cleanupOldSessions(sevenDaysAgo)
    this.log.info({ deletedCount }, 'old sessions cleaned up')
  }

  private async syncToExternalSystem(user: User) {
    if (user.id % 50 === 0) throw new Error(`the external system refuses user ${user.id}`)
  }
}
