/** Keeps users and their sessions. data-sync-service reads them through `@rpcProxy('user_service')`. */
import { fromConfig, inject, Logger, rpc, service, timer } from 'escapement'

export interface User {
  readonly id: number
  readonly name: string
  /** Milliseconds since the Unix epoch, like all times in this file. */
  readonly changedAt: number
}

@service('user_service')
export class UserService {
  @inject(Logger) log!: Logger
  private readonly users: User[] = []
  private sessions: number[] = []

  onStart() {
    const now = Date.now()
    for (let n = 1; n <= 250; n++) this.add(now - 250 + n)
  }

  /** Adds a user. */
  @timer(fromConfig('SIGN_UP_INTERVAL', 5))
  signUp() {
    this.add(Date.now())
  }

  /** Returns the users that changed after `since` (default: all users), oldest change first, at most `limit`. */
  @rpc()
  getUsersForSync({ since = 0, limit }: { since?: number; limit: number }): User[] {
    return this.users.filter((user) => user.changedAt > since).slice(0, limit)
  }

  /** Deletes the sessions that began before a time. */
  @rpc()
  cleanupOldSessions(before: number): { deletedCount: number } {
    const kept = this.sessions.filter((begunAt) => begunAt >= before)
    const deletedCount = this.sessions.length - kept.length
    this.sessions = kept
    this.log.info({ deletedCount }, 'old sessions deleted')
    return { deletedCount }
  }

  private add(changedAt: number) {
    const id = this.users.length + 1
    this.users.push({ id, name: `user ${id}`, changedAt })
    this.sessions.push(changedAt)
  }
}
