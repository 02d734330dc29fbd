/**
 * A service whose ticks are kept by a queue. Each tick computes the hash of a block of generated data by scrypt, which keeps a core
 * busy for about a second, and any instance with a free thread does it.
 *
 * The block is made of the due moment. So a ticket that is handed out again, because its first worker has died, has the same hash.
 */
import { scryptSync } from 'node:crypto'
import { Config, fromConfig, inject, service, type Tick, timer } from 'escapement'

/** The lowest bits of `tick.fence` are the number of the delivery. */
const DELIVERY = 1_023n

@service('hashing_service')
export class HashingService {
  @inject(Config) config!: Config

  @timer(fromConfig('HASH_INTERVAL', 60), {
    scope: 'queue',
    overlap: 'allow',
    timeout: '1m',
    abortGrace: '250ms',
    startDeadline: '2m',
  })
  hashBlock(tick: Tick) {
    const { dueAt } = tick
    tick.log.info({ dueAt, delivery: Number(tick.fence! & DELIVERY) }, 'hashing')
    let block = Buffer.from(dueAt.toISOString())
    // This loop never yields. The queue thread, which runs no code of a service, renews the lock of the ticket meanwhile.
    for (let round = 0; round < this.config.get('HASH_ROUNDS', 20); round++) {
      tick.throwIfAborted()
      block = scryptSync(block, 'escapement', 64)
    }
    tick.log.info({ dueAt, hash: block.toString('hex').slice(0, 12) }, 'hashed')
  }
}
