/** What a Redis server must be like so that leases, claims and members can be kept on it. */
import type { Redis } from 'ioredis'
import type { StoreProblem } from '../ports.js'
import type { RedisAddress } from './redis-address.js'
import type { ScriptCommands } from './redis-scripts.js'

export type ServerFacts = Readonly<Record<string, string>>

/** Where an explanation of each problem stands. */
const DOCS = 'see "What is checked" in docs/coordination.md'

/** Reads INFO, and what INFO does not show from CONFIG; facts that neither shows are missing. Rejects when there is no answer. */
export async function readServerFacts(redis: Redis): Promise<ServerFacts> {
  const info = await redis.info().catch(ignoreRefusal)
  const facts = Object.fromEntries(
    (info ?? '').split('\r\n').map((line) => line.split(/:(.*)/s, 2) as [string, string]),
  )
  if (facts.maxmemory_policy !== undefined && facts.maxmemory !== undefined) return facts
  // Redis before 7 takes only one name at a time.
  const config = await Promise.all(
    ['maxmemory', 'maxmemory-policy'].map((name) => redis.config('GET', name).catch(ignoreRefusal)),
  )
  const [maxmemory, policy] = config.map((pair) => (pair as string[] | undefined)?.[1])
  return {
    ...facts,
    ...(maxmemory !== undefined && { maxmemory }),
    ...(policy !== undefined && { maxmemory_policy: policy }),
  }
}

export function problemsOf(facts: ServerFacts, acceptsEviction: boolean): readonly StoreProblem[] {
  return [modeProblem(facts), versionProblem(facts), evictionProblem(facts, acceptsEviction)].filter(
    (problem) => problem !== undefined,
  )
}

function modeProblem({ redis_mode: mode, cluster_enabled: cluster }: ServerFacts): StoreProblem | undefined {
  const what =
    mode === 'sentinel' ? 'Sentinel' : mode === 'cluster' || cluster === '1' ? 'a node of a Redis Cluster' : undefined
  if (!what) return undefined
  return {
    code: 'mode',
    message: `escapement.coordination.url leads to ${what}, which Escapement does not support: name a single Redis server (${DOCS})`,
    forbidsLeading: true,
  }
}

function versionProblem({ redis_version: version }: ServerFacts): StoreProblem | undefined {
  if (version === undefined || Number.parseInt(version, 10) >= 5) return undefined
  return {
    code: 'version',
    message: `escapement.coordination.url leads to Redis ${version}, but Escapement needs 5 or newer`,
    forbidsLeading: true,
  }
}

function evictionProblem(
  { maxmemory, maxmemory_policy: policy }: ServerFacts,
  isAccepted: boolean,
): StoreProblem | undefined {
  if (maxmemory === '0' || policy === 'noeviction') return undefined
  const choices = `set maxmemory-policy to noeviction, use a server without a cache beside it, or set escapement.coordination.acceptEviction: true if you know that work may then run twice (${DOCS})`
  if (policy !== undefined) {
    const message = `the Redis server may delete leases, claims and members when its memory is full (maxmemory-policy ${policy}, maxmemory ${maxmemory ?? 'unknown'}): ${choices}`
    return { code: 'eviction', message, forbidsLeading: !isAccepted }
  }
  if (isAccepted) return undefined
  const message = `the Redis server does not show whether it may delete leases when its memory is full: allow the user INFO or CONFIG GET (ACL +info), or set escapement.coordination.acceptEviction: true (${DOCS})`
  return { code: 'eviction', message, forbidsLeading: true }
}

/** Undefined when the database is selected. Rejects when there is no answer. */
export async function databaseProblem(
  redis: ScriptCommands,
  { database }: RedisAddress,
): Promise<StoreProblem | undefined> {
  // Each connection begins in database 0.
  if (database === 0) return undefined
  try {
    await redis.escapementSelect()
    return undefined
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const advice = /out of range/i.test(reason)
      ? 'the server has fewer databases (its setting "databases"): name a lower one'
      : /NOPERM|permission|not allowed|can't run this command/i.test(reason)
        ? 'the user may not use SELECT: allow it (ACL +select), or name database 0'
        : undefined
    if (!advice) throw error
    const message = `database ${database} of escapement.coordination.url cannot be selected: ${advice}`
    return { code: 'database', message, forbidsLeading: true }
  }
}

/** A refusal is an answer: the command is not allowed or not known. */
function ignoreRefusal(error: unknown): undefined {
  if (error instanceof Error && /^(NOPERM|ERR unknown command|ERR .*not (allowed|supported))/i.test(error.message))
    return
  throw error
}
