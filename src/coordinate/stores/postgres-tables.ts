/**
 * The tables of the Postgres store: what they look like, what of them is there, and what has to be made.
 *
 * Only what is missing is made. So a role without the right to create anything can use tables that somebody else has made.
 */
import { EscapementError } from '../../kernel/errors.js'

/** The tables cannot be used or made. The message says which, why and what to do. */
export class PostgresTablesError extends EscapementError {}

export type TableName = 'lease' | 'claim' | 'member' | 'key_value'

interface Table {
  readonly columns: Readonly<Record<string, string>>
  readonly key: string
  readonly index?: string
}

const TABLES: Readonly<Record<TableName, Table>> = {
  lease: {
    columns: {
      name: 'text',
      holder: 'text',
      epoch: 'bigint',
      expires_at: 'timestamp with time zone',
      ttl_ms: 'double precision',
    },
    key: 'name',
  },
  claim: {
    columns: { tick: 'text', holder: 'text', expires_at: 'timestamp with time zone' },
    key: 'tick',
    index: 'expires_at',
  },
  member: {
    columns: {
      id: 'text',
      weight: 'double precision',
      expires_at: 'timestamp with time zone',
      ttl_ms: 'double precision',
    },
    key: 'id',
  },
  key_value: { columns: { key: 'text', value: 'text', version: 'bigint', fence: 'bigint' }, key: 'key' },
}

const NAMES = Object.keys(TABLES) as TableName[]

/** The tables of leases, claims and members. */
export const LEASE_TABLES: readonly TableName[] = ['lease', 'claim', 'member']

/**
 * The table of the key-value. It is made, and its rights are asked for, when it is needed: a deployment whose tables an administrator
 * has made for an older version goes on leading without it.
 */
export const VALUE_TABLES: readonly TableName[] = ['key_value']

const RIGHTS = ['SELECT', 'INSERT', 'UPDATE', 'DELETE']

/** What Postgres says about the schema and the names in it. */
export interface FoundTables {
  readonly role: string
  readonly database: string
  readonly mayCreateSchema: boolean
  readonly hasSchema: boolean
  readonly mayUseSchema: boolean
  readonly mayCreateTables: boolean
  readonly tables: readonly FoundTable[]
}

export interface FoundTable {
  readonly name: string
  /** Name -> type. */
  readonly columns: Readonly<Record<string, string>>
  /** Columns that are unique by themselves. */
  readonly keys: readonly string[]
  /** What the role may do with it, of SELECT, INSERT, UPDATE and DELETE. */
  readonly rights: readonly string[]
}

/** $1 namespace. One row, a {@link FoundTables}. */
export const FIND_TABLES = `
  SELECT current_user AS "role", current_database() AS "database",
    has_database_privilege(current_database(), 'CREATE') AS "mayCreateSchema",
    schema.oid IS NOT NULL AS "hasSchema",
    coalesce(has_schema_privilege(schema.oid, 'USAGE'), false) AS "mayUseSchema",
    coalesce(has_schema_privilege(schema.oid, 'CREATE'), false) AS "mayCreateTables",
    (SELECT coalesce(json_agg(json_build_object(
        'name', class.relname,
        'columns', (SELECT coalesce(json_object_agg(attname, format_type(atttypid, NULL)), '{}') FROM pg_attribute
          WHERE attrelid = class.oid AND attnum > 0 AND NOT attisdropped),
        'keys', (SELECT coalesce(json_agg(attname), '[]') FROM pg_index
          JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
          WHERE indrelid = class.oid AND indisunique AND indnkeyatts = 1 AND indpred IS NULL),
        'rights', (SELECT coalesce(json_agg(privilege), '[]') FROM unnest(ARRAY['${RIGHTS.join("','")}']) AS privilege
          WHERE has_table_privilege(class.oid, privilege)))), '[]')
      FROM pg_class AS class
      WHERE class.relnamespace = schema.oid AND class.relname IN ('${NAMES.join("','")}')
        AND class.relkind IN ('r', 'p', 'v', 'm', 'f', 'c', 'S')) AS "tables"
  FROM (SELECT 1) AS once LEFT JOIN pg_namespace AS schema ON schema.nspname = $1`

/**
 * The statements that make what is missing of the tables `wanted`, in order; empty when everything is there.
 *
 * @throws PostgresTablesError when a table belongs to something else, or the role lacks a right.
 */
export function planTables(
  namespace: string,
  found: FoundTables,
  wanted: readonly TableName[] = LEASE_TABLES,
): string[] {
  const { role, database } = found
  const schema = `"${namespace}"`
  if (!found.hasSchema && !found.mayCreateSchema) {
    throw refused(
      `the schema ${schema} does not exist, and the role ${role} may not create it: it lacks CREATE on the database ${database}`,
      `CREATE SCHEMA ${schema} AUTHORIZATION "${role}"`,
    )
  }
  if (found.hasSchema && !found.mayUseSchema) {
    throw refused(
      `the role ${role} may not use the schema ${schema}: it lacks USAGE on it`,
      `GRANT USAGE ON SCHEMA ${schema} TO "${role}"`,
    )
  }
  const tables = found.tables.filter(({ name }) => wanted.some((table) => table === name))
  for (const table of tables) checkTable(schema, role, table)
  const missing = wanted.filter((name) => !tables.some((table) => table.name === name))
  if (found.hasSchema && missing.length > 0 && !found.mayCreateTables) {
    throw refused(
      `the table ${schema}.${missing[0]} does not exist, and the role ${role} may not create it: it lacks CREATE on the schema ${schema}`,
      `GRANT CREATE ON SCHEMA ${schema} TO "${role}", or create the tables as described in docs/coordination.md`,
    )
  }
  return [
    ...(found.hasSchema ? [] : [`CREATE SCHEMA IF NOT EXISTS ${schema}`]),
    ...missing.flatMap((name) => ddlOf(schema, name)),
  ]
}

/** The statements that make a table. */
function ddlOf(schema: string, name: TableName): string[] {
  const { columns, key, index } = TABLES[name]
  const list = Object.entries(columns).map(
    ([column, type]) => `${column} ${type} ${column === key ? 'PRIMARY KEY' : 'NOT NULL'}`,
  )
  return [
    `CREATE TABLE IF NOT EXISTS ${schema}.${name} (${list.join(', ')})`,
    ...(index ? [`CREATE INDEX IF NOT EXISTS ${name}_${index} ON ${schema}.${name} (${index})`] : []),
  ]
}

function checkTable(schema: string, role: string, found: FoundTable): void {
  const { name } = found
  const { columns, key } = TABLES[name as TableName]
  const wrong = Object.entries(columns)
    .filter(([column, type]) => found.columns[column] !== type)
    .map(([column, type]) => `no column ${column} of type ${type}`)
  if (wrong.length === 0 && !found.keys.includes(key)) wrong.push(`no primary key ${key}`)
  if (wrong.length > 0) {
    throw new PostgresTablesError(
      'ERR_STORE_TABLES',
      `the table ${schema}.${name} belongs to something else: it has ${wrong.join(', ')}. Set escapement.coordination.namespace to a schema of its own, or rename the table`,
    )
  }
  const lacking = RIGHTS.filter((right) => !found.rights.includes(right))
  if (lacking.length === 0) return
  throw refused(
    `the role ${role} lacks ${lacking.join(', ')} on the table ${schema}.${name}`,
    `GRANT ${lacking.join(', ')} ON ${schema}.${name} TO "${role}"`,
  )
}

function refused(reason: string, remedy: string): PostgresTablesError {
  return new PostgresTablesError('ERR_STORE_RIGHTS', `${reason}. An administrator can run: ${remedy}`)
}
