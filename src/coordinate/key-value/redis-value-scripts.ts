/**
 * The Lua scripts of the key-value in Redis. Each script runs as a whole or not at all.
 *
 * A space is one hash and one number, in one slot of a cluster. With the prefix `escapement` (the namespace) and the space `pause`:
 *
 *     escapement:{pause}:values    a hash: key -> '1767225600000 17 {...}'   version, fence and value
 *     escapement:{pause}:version   '1767225600000'                          the last version of the space, never expires
 *
 * A version is the server's clock in milliseconds when that is higher than the last version plus one: so a server that has lost
 * its data does not use a version again. Fences are compared as texts of digits, because numbers of Lua are exact to 2^53 only.
 */

/** `isWrongType` tells a key of another type; every other error (a right that the user lacks) ends the script. */
const WRONG_TYPE = `
  local function isWrongType(answer, command)
    if type(answer) ~= 'table' or not answer.err then return false end
    if not string.find(answer.err, 'WRONGTYPE', 1, true) then error(command .. ' was refused: ' .. answer.err) end
    return true
  end
`

/** Sets `found` to the text of a record, or to false; `isForeign` to true when the key is no hash. */
const FIND = `
  ${WRONG_TYPE}
  local found = redis.pcall('HGET', KEYS[1], ARGV[1])
  local isForeign = isWrongType(found, 'HGET')
  if isForeign then found = false end
`

/**
 * Refuses the write that the record forbids. ARGV[2] the version that it must have, '' for any; ARGV[3] the fence, 0 for none. Sets
 * `fence` to the fence of the record.
 */
const JUDGE = `
  ${FIND}
  local version, fence
  if found then version, fence = string.match(found, '^(%d+) (%d+) ') end
  version, fence = version or '0', fence or '0'
  local function isAbove(one, other)
    if #one ~= #other then return #one > #other end
    return one > other
  end
  if ARGV[3] ~= '0' and isAbove(fence, ARGV[3]) then return { 'fenced', found } end
  if ARGV[2] ~= '' and ARGV[2] ~= version then return { 'changed', found or '' } end
`

/** KEYS values. ARGV key. Returns 'foreign' or 'record', and the text of the record; '' for none. */
const GET = `
  ${FIND}
  return { isForeign and 'foreign' or 'record', found or '' }
`

/** KEYS values. ARGV prefix. Returns 'foreign' or 'records', and key, record, key, record ... */
const LIST = `
  ${WRONG_TYPE}
  local all = redis.pcall('HGETALL', KEYS[1])
  if isWrongType(all, 'HGETALL') then return { 'foreign', {} } end
  local found = {}
  for at = 1, #all, 2 do
    if string.sub(all[at], 1, #ARGV[1]) == ARGV[1] then
      found[#found + 1] = all[at]
      found[#found + 1] = all[at + 1]
    end
  end
  return { 'records', found }
`

/** KEYS values, version. ARGV key, version, fence, value. Returns 'stored', version; or 'fenced' or 'changed', record. */
const PUT = `
  ${JUDGE}
  if isForeign then redis.call('DEL', KEYS[1]) end
  local time = redis.call('TIME')
  local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  local last = redis.pcall('GET', KEYS[2])
  isWrongType(last, 'GET')
  last = type(last) == 'string' and #last <= 15 and string.match(last, '^%d+$') and tonumber(last) or 0
  local next = string.format('%.0f', math.max(last + 1, now))
  redis.call('SET', KEYS[2], next)
  redis.call('HSET', KEYS[1], ARGV[1], next .. ' ' .. (isAbove(ARGV[3], fence) and ARGV[3] or fence) .. ' ' .. ARGV[4])
  return { 'stored', next }
`

/** KEYS values. ARGV key, version, fence. Returns 'deleted', ''; or 'fenced' or 'changed', record. */
const DELETE = `
  ${JUDGE}
  if not isForeign then redis.call('HDEL', KEYS[1], ARGV[1]) end
  return { 'deleted', '' }
`

/** Name of the command -> script and its number of keys. */
export const VALUE_SCRIPTS = {
  escapementGetValue: [GET, 1],
  escapementListValues: [LIST, 1],
  escapementPutValue: [PUT, 2],
  escapementDeleteValue: [DELETE, 1],
} as const

/** The methods that ioredis adds to the client for the scripts. */
export interface ValueCommands {
  escapementGetValue(values: string, key: string): Promise<readonly ['record' | 'foreign', record: string]>
  escapementListValues(values: string, prefix: string): Promise<readonly ['records' | 'foreign', records: string[]]>
  escapementPutValue(
    values: string,
    lastVersion: string,
    key: string,
    ifVersion: string,
    fence: string,
    value: string,
  ): Promise<readonly ['stored' | 'fenced' | 'changed', versionOrRecord: string]>
  escapementDeleteValue(
    values: string,
    key: string,
    ifVersion: string,
    fence: string,
  ): Promise<readonly ['deleted' | 'fenced' | 'changed', record: string]>
}
