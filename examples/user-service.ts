/**
 * The users that data-sync-service synchronises: two methods for other services to call.
 *
 * Calls between threads come with a later release; until then data-sync-service is given its users another way (see
 * there). What is called, {@link UserApi}, stays the same.
 */
import { fromConfig, inject, Logger, rpc, service, timer } from 'escapement'

export interface User {
  readonly id: number
  readonly name: string
  readonly changedAt: number
}

/** What other services may ask of the user service. Times are milliseconds since the epoch. */
export interface UserApi {
  getUsersForSync(query: { since?: number; limit: number }): User[] | Promise<User[]>
  cleanupOldSessions(before: number): { deletedCount: number } | Promise<{ deletedCount: number }>
}

/** Users and their sessions, in memory. */
export class UserStore implements UserApi {
  readonly #users: User[] = []
  #sessions: number[] = []

  /** A user signs up, or changes something. */
  touch(now = Date.now()) {
    const id = this.#users.length + 1
    this.#users.push({ id, name: `user ${id}`, changedAt: now })
    this.#sessions.push(now)
  }

  getUsersForSync({ since = 0, limit }: { since?: number; limit: number }): User[] {
    return this.#users.filter((user) => user.changedAt > since).slice(0, limit)
  }

  cleanupOldSessions(before: number): { deletedCount: number } {
    const kept = this.#sessions.filter((at) => at >= before)
    const deletedCount = this.#sessions.length - kept.length
    this.#sessions = kept
    return { deletedCount }
  }
}

@service('user_service')
export class UserService implements UserApi {
  @inject(Logger) log!: Logger
  private readonly store = new UserStore()

  @timer(fromConfig('SIGN_UP_INTERVAL', 5))
  signUp() {
    this.store.touch()
  }

  @rpc()
  getUsersForSync(query: { since?: number; limit: number }) {
    return this.store.getUsersForSync(query)
  }

  @rpc()
  cleanupOldSessions(before: number) {
    const result = this.store.cleanupOldSessions(before)
    this.log.info(result, 'old sessions deleted')
    return result
  }
}
