import { describe, expect, it } from 'vitest'
import {
  type FoundTable,
  type FoundTables,
  planTables,
  VALUE_TABLES,
} from '../../src/coordinate/stores/postgres-tables.js'

const RIGHTS = ['SELECT', 'INSERT', 'UPDATE', 'DELETE']

const LEASE: FoundTable = {
  name: 'lease',
  columns: {
    name: 'text',
    holder: 'text',
    epoch: 'bigint',
    expires_at: 'timestamp with time zone',
    ttl_ms: 'double precision',
    note: 'text',
  },
  keys: ['name'],
  rights: RIGHTS,
}
const CLAIM: FoundTable = {
  name: 'claim',
  columns: { tick: 'text', holder: 'text', expires_at: 'timestamp with time zone' },
  keys: ['tick'],
  rights: RIGHTS,
}
const MEMBER: FoundTable = {
  name: 'member',
  columns: {
    id: 'text',
    weight: 'double precision',
    expires_at: 'timestamp with time zone',
    ttl_ms: 'double precision',
  },
  keys: ['id'],
  rights: RIGHTS,
}

const ALL: FoundTables = {
  role: 'app',
  database: 'shop',
  mayCreateSchema: true,
  hasSchema: true,
  mayUseSchema: true,
  mayCreateTables: true,
  tables: [LEASE, CLAIM, MEMBER],
}

const plan = (found: Partial<FoundTables>) => planTables('jobs', { ...ALL, ...found })
const made = (statements: string[]) =>
  statements.map((statement) => /^CREATE \w+ IF NOT EXISTS \S+/.exec(statement)![0])

describe('the plan for the tables', () => {
  it('makes the table of the key-value when that is wanted, whatever the other tables are', () => {
    const foreign = { ...LEASE, columns: { email: 'text' } }
    const statements = planTables('jobs', { ...ALL, tables: [foreign] }, VALUE_TABLES)
    expect(made(statements)).toEqual(['CREATE TABLE IF NOT EXISTS "jobs".key_value'])
  })

  it('makes nothing when everything is there, with the right to create nothing', () => {
    expect(plan({ mayCreateSchema: false, mayCreateTables: false })).toEqual([])
  })

  it('makes the schema and all tables when there is nothing', () => {
    expect(made(plan({ hasSchema: false, mayUseSchema: false, mayCreateTables: false, tables: [] }))).toEqual([
      'CREATE SCHEMA IF NOT EXISTS "jobs"',
      'CREATE TABLE IF NOT EXISTS "jobs".lease',
      'CREATE TABLE IF NOT EXISTS "jobs".claim',
      'CREATE INDEX IF NOT EXISTS claim_expires_at',
      'CREATE TABLE IF NOT EXISTS "jobs".member',
    ])
  })

  it.each([
    [[CLAIM, MEMBER], ['CREATE TABLE IF NOT EXISTS "jobs".lease']],
    [
      [LEASE, MEMBER],
      ['CREATE TABLE IF NOT EXISTS "jobs".claim', 'CREATE INDEX IF NOT EXISTS claim_expires_at'],
    ],
    [[LEASE, CLAIM], ['CREATE TABLE IF NOT EXISTS "jobs".member']],
  ])(
    'makes only what is missing, and does not need the right to create schemas for it (case %#)',
    (tables, expected) => {
      expect(made(plan({ tables, mayCreateSchema: false }))).toEqual(expected)
    },
  )

  it.each<[string, Partial<FoundTables>, RegExp]>([
    [
      'the schema is missing and may not be created',
      { hasSchema: false, mayCreateSchema: false, tables: [] },
      /schema "jobs" does not exist, and the role app .* lacks CREATE on the database shop.*CREATE SCHEMA "jobs" AUTHORIZATION "app"/,
    ],
    [
      'the schema may not be used',
      { mayUseSchema: false },
      /app may not use the schema "jobs": it lacks USAGE.*GRANT USAGE ON SCHEMA "jobs" TO "app"/,
    ],
    [
      'a table is missing and may not be created',
      { mayCreateTables: false, tables: [LEASE, MEMBER] },
      /table "jobs"\.claim does not exist, and the role app .* lacks CREATE on the schema "jobs"/,
    ],
    [
      'a right on a table is missing',
      { tables: [LEASE, { ...CLAIM, rights: ['SELECT', 'INSERT'] }, MEMBER] },
      /app lacks UPDATE, DELETE on the table "jobs"\.claim.*GRANT UPDATE, DELETE ON "jobs"\.claim TO "app"/,
    ],
    [
      'a table has other columns',
      { tables: [LEASE, CLAIM, { ...MEMBER, columns: { id: 'text', email: 'text' } }] },
      /"jobs"\.member belongs to something else: it has no column weight of type double precision/,
    ],
    [
      'a column has another type',
      { tables: [{ ...LEASE, columns: { ...LEASE.columns, epoch: 'integer' } }, CLAIM, MEMBER] },
      /"jobs"\.lease belongs to something else: it has no column epoch of type bigint/,
    ],
    [
      'a table has no primary key',
      { tables: [LEASE, { ...CLAIM, keys: [] }, MEMBER] },
      /"jobs"\.claim belongs to something else: it has no primary key tick/,
    ],
  ])('is refused with the schema, the table and the right when %s', (_, found, message) => {
    expect(() => plan(found)).toThrow(message)
  })
})
