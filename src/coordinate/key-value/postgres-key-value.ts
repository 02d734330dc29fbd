/**
 * The key-value in a Postgres database: the table `key_value` in the schema named after the namespace.
 *
 * A version is the id of the transaction that wrote the record: in one database it never comes twice.
 */
import type { QueryResultRow } from 'pg'
import { requireCondition, requireKey, requireValue, spaceOf } from './bounds.js'
import { byKey } from './by-key.js'
import { refusalOf } from './judge-write.js'
import {
  type DeleteAnswer,
  type KeyValueStore,
  NO_VERSION,
  type PutAnswer,
  type StoredValue,
  type WriteCondition,
} from './key-value.js'

/** Sends a statement once the table exists. */
export type Execute = (
  statement: string,
  values: readonly unknown[],
  signal: AbortSignal,
) => Promise<readonly QueryResultRow[]>

export class PostgresKeyValue implements KeyValueStore {
  readonly #sql: ValueStatements
  readonly #execute: Execute

  constructor(namespace: string, execute: Execute) {
    this.#sql = statementsFor(`"${namespace}".key_value`)
    this.#execute = execute
  }

  async get(key: string, signal: AbortSignal): Promise<StoredValue | undefined> {
    requireKey(key)
    const [row] = await this.#execute(this.#sql.get, [key], signal)
    return row && storedValue(row)
  }

  async list(prefix: string, signal: AbortSignal): Promise<readonly StoredValue[]> {
    spaceOf(prefix)
    const rows = await this.#execute(this.#sql.list, [prefix], signal)
    return rows.map(storedValue).sort(byKey)
  }

  async put(key: string, value: string, condition: WriteCondition, signal: AbortSignal): Promise<PutAnswer> {
    requireKey(key)
    requireValue(value)
    requireCondition(condition)
    const { ifVersion, fence = 0n } = condition
    const isCreation = ifVersion === undefined || ifVersion === NO_VERSION
    const statement = isCreation ? this.#sql.insert : this.#sql.update
    const values = [key, value, String(fence), isCreation ? ifVersion === undefined : ifVersion]
    for (;;) {
      const [row] = await this.#execute(statement, values, signal)
      if (row) return { kind: 'stored', version: row.version }
      // The record is read to tell why. It may have changed meanwhile, so that the write is possible now.
      const refusal = refusalOf(condition, await this.get(key, signal))
      if (refusal) return refusal
    }
  }

  async delete(key: string, condition: WriteCondition, signal: AbortSignal): Promise<DeleteAnswer> {
    requireKey(key)
    requireCondition(condition)
    const { ifVersion, fence = 0n } = condition
    for (;;) {
      const [row] = await this.#execute(this.#sql.delete, [key, String(fence), ifVersion ?? null], signal)
      if (row) return { kind: 'deleted' }
      const found = await this.get(key, signal)
      const refusal = refusalOf(condition, found)
      if (refusal) return refusal
      if (!found) return { kind: 'deleted' }
    }
  }
}

interface ValueStatements {
  /** $1 key. */
  readonly get: string
  /** $1 prefix. */
  readonly list: string
  /** $1 key, $2 value, $3 fence or 0, $4 whether a record that exists is replaced. One row when it was written. */
  readonly insert: string
  /** $1 key, $2 value, $3 fence or 0, $4 version. One row when it was written. */
  readonly update: string
  /** $1 key, $2 fence or 0, $3 version or null. One row when there was a record and it was deleted. */
  readonly delete: string
}

function statementsFor(table: string): ValueStatements {
  const select = `SELECT key, value, version::text AS version, fence::text AS fence FROM ${table}`
  return {
    get: `${select} WHERE key = $1`,
    list: `${select} WHERE starts_with(key, $1)`,
    insert: `
      INSERT INTO ${table} AS last (key, value, version, fence) VALUES ($1, $2, txid_current(), $3::bigint)
      ON CONFLICT (key) DO UPDATE
      SET value = excluded.value, version = excluded.version, fence = greatest(last.fence, excluded.fence)
      WHERE $4::boolean AND (excluded.fence = 0 OR last.fence <= excluded.fence)
      RETURNING version::text AS version`,
    update: `
      UPDATE ${table} SET value = $2, version = txid_current(), fence = greatest(fence, $3::bigint)
      WHERE key = $1 AND version = $4::bigint AND ($3::bigint = 0 OR fence <= $3::bigint)
      RETURNING version::text AS version`,
    delete: `
      DELETE FROM ${table}
      WHERE key = $1 AND ($2::bigint = 0 OR fence <= $2::bigint) AND ($3::bigint IS NULL OR version = $3::bigint)
      RETURNING key`,
  }
}

function storedValue({ key, value, version, fence }: QueryResultRow): StoredValue {
  return { key, value, version, fence: BigInt(fence) }
}
