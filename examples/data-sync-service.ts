/**
 * Synchronises users with an external system every ten minutes and cleans up every thirty. The batch size comes from
 * the configuration, one user that fails does not keep the others from being synchronised.
 *
 * The users come from an interface, {@link UserApi}. In this release `Users` answers it from a store of its own on this
 * thread; with calls between threads it becomes `@rpcProxy('user_service')`, and nothing else here changes.
 */
import { Config, DependencyProvider, fromConfig, inject, Logger, service, timer } from 'escapement'
import { type User, type UserApi, UserStore } from './user-service.js'

class Users extends DependencyProvider<UserApi> {
  readonly #store = new UserStore()

  override setup() {
    for (let n = 0; n < 250; n++) this.#store.touch()
  }

  override get(): UserApi {
    return this.#store
  }
}

@service('data_sync_service')
export class DataSyncService {
  @inject(Users) users!: UserApi
  @inject(Config) config!: Config
  @inject(Logger) log!: Logger
  private lastSyncTime: number | undefined

  @timer(fromConfig('SYNC_INTERVAL', 600))
  async syncUserData() {
    const limit = this.config.get('SYNC_BATCH_SIZE', 100)
    const since = this.lastSyncTime
    const users = await this.users.getUsersForSync({ limit, ...(since !== undefined && { since }) })
    let synced = 0
    for (const user of users) {
      try {
        await this.syncToExternalSystem(user)
        synced += 1
      } catch (error) {
        this.log.error({ err: error, user: user.id }, 'user not synchronised')
      }
    }
    this.lastSyncTime = Date.now()
    this.log.info({ synced, of: users.length }, 'users synchronised')
  }

  @timer(fromConfig('OLD_DATA_INTERVAL', 1800))
  async cleanupOldData() {
    const sevenDaysAgo = Date.now() - 7 * 24 * 3600 * 1000
    const { deletedCount } = await this.users.cleanupOldSessions(sevenDaysAgo)
    this.log.info({ deletedCount }, 'old sessions cleaned up')
  }

  private async syncToExternalSystem(user: User) {
    if (user.id % 50 === 0) throw new Error(`the external system refuses user ${user.id}`)
  }
}
