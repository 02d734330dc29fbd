/**
 * The scripts of the Redis store, one per request: a script is atomic and reads the server's clock.
 *
 * The keys of one lease contain its name as a hash tag, so that a Redis cluster keeps them in one hash slot:
 *
 *     escapement:{reports}:holder     '1767225600000 3f0c...'     epoch and holder; expires with the lease
 *     escapement:{reports}:epoch      '1767225600000'             never expires
 *     escapement:{reports@2026...}:claim                          the holder; expires after `keep`
 *     escapement:members                                          a hash: id -> 'until weight', by the server's clock
 */

const NOW = `
  local time = redis.call('TIME')
  local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
`

/**
 * The epoch is the server's clock in milliseconds when that is higher than the last epoch plus one. So a server that has lost
 * the last epoch (no persistence, a replica that was behind, an eviction) does not use an epoch twice.
 *
 * KEYS holder, epoch. ARGV holder, ttl. Returns whether it was granted, and the value of the holder key.
 */
const ACQUIRE = `
  local held = redis.call('GET', KEYS[1])
  if held then return { 0, held } end
  ${NOW}
  local last = tonumber(redis.call('GET', KEYS[2]) or '0')
  local epoch = string.format('%.0f', math.max(last + 1, now))
  local value = epoch .. ' ' .. ARGV[1]
  redis.call('SET', KEYS[2], epoch)
  redis.call('SET', KEYS[1], value, 'PX', ARGV[2])
  return { 1, value }
`

/** KEYS holder. ARGV epoch and holder, ttl. */
const RENEW = `
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`

/** KEYS holder. ARGV epoch and holder, channel, lease. */
const RELEASE = `
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  redis.call('DEL', KEYS[1])
  redis.call('PUBLISH', ARGV[2], ARGV[3])
  return 1
`

/** KEYS claim. ARGV holder, keep. */
const CLAIM = `
  if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
  return redis.call('GET', KEYS[1]) == ARGV[1] and 1 or 0
`

/** KEYS members. ARGV id, weight, ttl. Returns id, weight, id, weight ... of the members that are alive. */
const HEARTBEAT = `
  ${NOW}
  redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', now + ARGV[3]) .. ' ' .. ARGV[2])
  local fields = redis.call('HGETALL', KEYS[1])
  local alive = {}
  for at = 1, #fields, 2 do
    local till, weight = string.match(fields[at + 1], '^(%S+) (%S+)$')
    if tonumber(till) > now then
      alive[#alive + 1] = fields[at]
      alive[#alive + 1] = weight
    else
      redis.call('HDEL', KEYS[1], fields[at])
    end
  end
  return alive
`

export const SCRIPTS = {
  escapementAcquire: { lua: ACQUIRE, numberOfKeys: 2 },
  escapementRenew: { lua: RENEW, numberOfKeys: 1 },
  escapementRelease: { lua: RELEASE, numberOfKeys: 1 },
  escapementClaim: { lua: CLAIM, numberOfKeys: 1 },
  escapementHeartbeat: { lua: HEARTBEAT, numberOfKeys: 1 },
} as const

/** The methods that ioredis adds to the client for the scripts. */
export interface ScriptCommands {
  escapementAcquire(holderKey: string, epochKey: string, holder: string, ttl: number): Promise<[0 | 1, string]>
  escapementRenew(holderKey: string, held: string, ttl: number): Promise<0 | 1>
  escapementRelease(holderKey: string, held: string, channel: string, lease: string): Promise<0 | 1>
  escapementClaim(claimKey: string, holder: string, keep: number): Promise<0 | 1>
  escapementHeartbeat(membersKey: string, id: string, weight: number, ttl: number): Promise<string[]>
}
