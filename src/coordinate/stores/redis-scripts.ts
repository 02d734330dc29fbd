/**
 * The Lua scripts of the Redis store. Each script runs as a whole or not at all, and reads the clock of the server.
 *
 * Keys with the prefix `escapement` (the namespace). The part in braces is the hash tag of a cluster.
 *
 *     escapement:{reports}:holder     '1767225600000 15000 3f0c...'   epoch, ttl and holder; expires with the lease
 *     escapement:{reports}:epoch      '1767225600000'                 never expires
 *     escapement:{reports@2026...}:claim                              the holder; expires after `keep`
 *     escapement:members                                              a hash: id -> 'until ttl weight', by the server's clock
 *
 * The database is selected by each script, for itself: a connection on which SELECT has failed, or that was opened anew,
 * would otherwise work in database 0.
 *
 * Expiries are believed only up to the ttl that stands in the record. Redis keeps them as times on its wall clock: when that is
 * set back by an hour, the lease of a dead holder would be kept for another hour. Such an expiry is shortened to the ttl,
 * counted from now, which a living holder always outlives with its next renewal. So is that of a record that has none, or that
 * nobody here has written: its key is free after one ttl.
 */
import { VALUE_SCRIPTS, type ValueCommands } from '../key-value/redis-value-scripts.js'

const NOW = `
  local time = redis.call('TIME')
  local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
`

/** Reads digits as a number up to `most`; nil for anything else. Numbers of Lua are exact up to 2^53. */
const NUMBER = `
  local function number(text, most)
    if type(text) ~= 'string' or not string.match(text, '^%d+$') then return nil end
    local value = tonumber(text)
    return value <= most and value or nil
  end
  local MAX_EPOCH, MAX_TTL = 9e15, 4e10
`

/**
 * The epoch is the server's clock in milliseconds when that is higher than the last epoch plus one. So a server that has lost
 * the last epoch (no persistence, a replica that was behind, an eviction) does not use an epoch twice.
 *
 * KEYS holder, epoch. ARGV holder, ttl, the highest epoch that the caller has seen. Returns what became of it:
 * 'granted', epoch, 1 when the epoch key was damaged; 'held', epoch, holder; or 'unreadable', value.
 */
const ACQUIRE = `
  ${NUMBER}
  local held = redis.pcall('GET', KEYS[1])
  if held then
    local epoch, ttl, holder
    if type(held) == 'string' then epoch, ttl, holder = string.match(held, '^(%d+) (%d+) (.*)$') end
    local isOurs = number(epoch, MAX_EPOCH) and number(ttl, MAX_TTL)
    local limit = tonumber(isOurs and ttl or ARGV[2])
    local left = redis.call('PTTL', KEYS[1])
    if left < 0 or left > limit then redis.call('PEXPIRE', KEYS[1], limit) end
    if isOurs then return { 'held', epoch, holder } end
    return { 'unreadable', type(held) == 'string' and held or '' }
  end
  ${NOW}
  local stored = redis.pcall('GET', KEYS[2])
  local last = number(stored, MAX_EPOCH)
  local epoch = string.format('%.0f', math.max((last or 0) + 1, tonumber(ARGV[3]) + 1, now))
  redis.call('SET', KEYS[2], epoch)
  redis.call('SET', KEYS[1], epoch .. ' ' .. ARGV[2] .. ' ' .. ARGV[1], 'PX', ARGV[2])
  return { 'granted', epoch, stored and not last and 1 or 0 }
`

const IS_HOLDER = `
  local held = redis.pcall('GET', KEYS[1])
  if type(held) ~= 'string' then held = '' end
  local epoch, holder = string.match(held, '^(%d+) %d+ (.*)$')
  local isHolder = epoch == ARGV[1] and holder == ARGV[2]
`

/** KEYS holder. ARGV epoch, holder, ttl. */
const RENEW = `
  ${IS_HOLDER}
  if not isHolder then return 0 end
  redis.call('SET', KEYS[1], epoch .. ' ' .. ARGV[3] .. ' ' .. holder, 'PX', ARGV[3])
  return 1
`

/** KEYS holder. ARGV epoch, holder, channel, lease. Returns whether it was released, and why the others were not notified. */
const RELEASE = `
  ${IS_HOLDER}
  if not isHolder then return { 0, '' } end
  redis.call('DEL', KEYS[1])
  local sent = redis.pcall('PUBLISH', ARGV[3], ARGV[4])
  return { 1, type(sent) == 'table' and sent.err or '' }
`

/** KEYS holder. Returns the record; nil when there is none. A value of another type is returned as ''. */
const READ = `
  local held = redis.pcall('GET', KEYS[1])
  if type(held) == 'table' then return '' end
  return held
`

/** KEYS claim. ARGV holder, keep. Returns 1 when the holder has the claim, 0 when another one has, 2 for a value of another type. */
const CLAIM = `
  if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
  local claimed = redis.pcall('GET', KEYS[1])
  if type(claimed) == 'table' then return 2 end
  return claimed == ARGV[1] and 1 or 0
`

/**
 * KEYS members. ARGV id, weight, ttl. Returns id, weight, id, weight ... of the members that are alive, and the ids of records
 * that could not be read and were deleted; '' stands for a key of another type.
 */
const HEARTBEAT = `
  ${NOW}
  ${NUMBER}
  local damaged = {}
  local mine = string.format('%.0f', now + ARGV[3]) .. ' ' .. ARGV[3] .. ' ' .. ARGV[2]
  if type(redis.pcall('HSET', KEYS[1], ARGV[1], mine)) == 'table' then
    redis.call('DEL', KEYS[1])
    redis.call('HSET', KEYS[1], ARGV[1], mine)
    damaged[1] = ''
  end
  local fields = redis.call('HGETALL', KEYS[1])
  local alive = {}
  for at = 1, #fields, 2 do
    local id = fields[at]
    local till, ttl, weight = string.match(fields[at + 1], '^(%d+) (%d+) (%S+)$')
    local ends, span, share = number(till, MAX_EPOCH), number(ttl, MAX_TTL), tonumber(weight or '')
    if not (ends and span and share and share >= 0 and share < math.huge) then
      redis.call('HDEL', KEYS[1], id)
      damaged[#damaged + 1] = id
    elseif ends <= now then
      redis.call('HDEL', KEYS[1], id)
    else
      if ends > now + span then
        redis.call('HSET', KEYS[1], id, string.format('%.0f', now + span) .. ' ' .. ttl .. ' ' .. weight)
      end
      alive[#alive + 1] = id
      alive[#alive + 1] = weight
    end
  end
  return { alive, damaged }
`

/** KEYS members. ARGV id. */
const LEAVE = `
  redis.pcall('HDEL', KEYS[1], ARGV[1])
  return 1
`

/** Fails when the database cannot be selected. */
const SELECT = 'return 1'

export function scriptsFor(database: number) {
  const inDatabase = (lua: string, numberOfKeys: number) => ({
    lua: database === 0 ? lua : `redis.call('SELECT', '${database}')\n${lua}`,
    numberOfKeys,
  })
  return {
    escapementAcquire: inDatabase(ACQUIRE, 2),
    escapementRenew: inDatabase(RENEW, 1),
    escapementRelease: inDatabase(RELEASE, 1),
    escapementRead: inDatabase(READ, 1),
    escapementClaim: inDatabase(CLAIM, 1),
    escapementHeartbeat: inDatabase(HEARTBEAT, 1),
    escapementLeave: inDatabase(LEAVE, 1),
    escapementSelect: inDatabase(SELECT, 0),
    ...Object.fromEntries(Object.entries(VALUE_SCRIPTS).map(([name, [lua, keys]]) => [name, inDatabase(lua, keys)])),
  }
}

export type AcquireReply =
  | readonly ['granted', epoch: string, isEpochDamaged: 0 | 1]
  | readonly ['held', epoch: string, holder: string]
  | readonly ['unreadable', value: string]

/** The methods that ioredis adds to the client for the scripts. */
export interface ScriptCommands extends ValueCommands {
  escapementAcquire(
    holderKey: string,
    epochKey: string,
    holder: string,
    ttl: number,
    above: string,
  ): Promise<AcquireReply>
  escapementRenew(holderKey: string, epoch: string, holder: string, ttl: number): Promise<0 | 1>
  escapementRelease(
    holderKey: string,
    epoch: string,
    holder: string,
    channel: string,
    lease: string,
  ): Promise<readonly [0 | 1, string]>
  escapementRead(holderKey: string): Promise<string | null>
  escapementClaim(claimKey: string, holder: string, keep: number): Promise<0 | 1 | 2>
  escapementHeartbeat(
    membersKey: string,
    id: string,
    weight: number,
    ttl: number,
  ): Promise<readonly [alive: string[], damaged: string[]]>
  escapementLeave(membersKey: string, id: string): Promise<1>
  escapementSelect(): Promise<1>
}
