/**
 * The SQL of the Postgres store: one statement per request. A statement succeeds or fails as a whole and needs no session
 * state, so any connection pooler works. It reads the database's clock at the moment it evaluates a row.
 */

export interface Statements {
  /**
   * $1 lease, $2 holder, $3 ttl, $4 epochs up to this one have been seen, $5 version of a record that is certainly over, or
   * null. One row; no row when the lease changed meanwhile: repeat the statement.
   */
  readonly acquire: string
  /** $1 lease, $2 holder, $3 epoch, $4 ttl. One row when it was renewed. */
  readonly renew: string
  /** $1 lease, $2 holder, $3 epoch. One row when it was released. */
  readonly release: string
  /** $1 lease. One row when the lease is held. */
  readonly holder: string
  /** $1 tick, $2 holder, $3 keep. One row when the holder has the claim. */
  readonly claim: string
  /** $1 id, $2 weight, $3 ttl. A row for each member. */
  readonly heartbeat: string
  /** $1 id. */
  readonly leave: string
  readonly listen: string
  /** One row: `now`, the database's clock in milliseconds since 1970; `isReadOnly`; `version` of the server, as a number. */
  readonly state: string
}

/** Key of an advisory lock, so that several instances that start at once create the tables one after the other. */
const CREATION_LOCK = 7_237_119_458_041_356n

/** One message of several statements: all are carried out or none. */
export function creationOf(statements: readonly string[]): string {
  return [`SELECT pg_advisory_xact_lock(${CREATION_LOCK})`, ...statements].join(';\n')
}

/**
 * A record that expires later than its ttl from now, by more than this, was written before the database's clock was set back.
 * The clock's own corrections are smaller.
 */
const CLOCK_TOLERANCE = "interval '1 second'"

/** Each new claim deletes this many expired claims: more than are added, few enough to cost little. */
const EXPIRED_CLAIMS_DELETED_PER_CLAIM = 10

export function statementsFor(namespace: string): Statements {
  const schema = `"${namespace}"`
  const channel = `"${namespace}.released"`
  const now = 'clock_timestamp()'
  const after = (parameter: string) => `${now} + ${parameter}::float8 * interval '1 millisecond'`
  const isAlive = `(expires_at > ${now} AND expires_at <= ${after('ttl_ms')} + ${CLOCK_TOLERANCE})`
  return {
    // The row is never deleted, because its epoch must be kept. The epoch is the clock in milliseconds when that is higher
    // than the last epoch plus one. So a database that has lost the last epochs (a standby that was behind, a backup) does
    // not use them again. The version of a record changes with each write: a record that a candidate has seen unchanged for its
    // ttl is over, also when the database's clock was set back meanwhile and `expires_at` is far away.
    acquire: `
      WITH granted AS (
        INSERT INTO ${schema}.lease AS last (name, holder, epoch, expires_at, ttl_ms)
        VALUES ($1, $2, greatest((extract(epoch FROM ${now}) * 1000)::bigint, $4::bigint + 1), ${after('$3')}, $3::float8)
        ON CONFLICT (name) DO UPDATE
        SET holder = excluded.holder, epoch = greatest(last.epoch + 1, excluded.epoch), expires_at = ${after('$3')},
          ttl_ms = excluded.ttl_ms
        WHERE last.expires_at <= ${now} OR last.xmin::text = $5
        RETURNING holder, epoch)
      SELECT true AS granted, holder, epoch, NULL AS version, NULL AS ttl_ms FROM granted
      UNION ALL
      SELECT false, holder, epoch, xmin::text, ttl_ms FROM ${schema}.lease
      WHERE name = $1 AND expires_at > ${now} AND NOT EXISTS (SELECT FROM granted)`,
    renew: `
      UPDATE ${schema}.lease SET expires_at = ${after('$4')}, ttl_ms = $4::float8
      WHERE name = $1 AND holder = $2 AND epoch = $3::bigint AND expires_at > ${now}
      RETURNING name`,
    release: `
      WITH released AS (
        UPDATE ${schema}.lease SET expires_at = '-infinity'
        WHERE name = $1 AND holder = $2 AND epoch = $3::bigint AND expires_at > ${now}
        RETURNING name)
      SELECT pg_notify('${namespace}.released', name) FROM released`,
    holder: `SELECT holder FROM ${schema}.lease WHERE name = $1 AND ${isAlive}`,
    // SKIP LOCKED: instances that delete expired claims at the same time must not deadlock.
    claim: `
      WITH swept AS (
        DELETE FROM ${schema}.claim WHERE tick IN (
          SELECT tick FROM ${schema}.claim WHERE expires_at <= ${now} AND tick <> $1
          ORDER BY expires_at LIMIT ${EXPIRED_CLAIMS_DELETED_PER_CLAIM} FOR UPDATE SKIP LOCKED))
      INSERT INTO ${schema}.claim AS last (tick, holder, expires_at) VALUES ($1, $2, ${after('$3')})
      ON CONFLICT (tick) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
      WHERE last.expires_at <= ${now} OR last.holder = excluded.holder
      RETURNING tick`,
    heartbeat: `
      WITH heartbeat AS (
        INSERT INTO ${schema}.member (id, weight, expires_at, ttl_ms) VALUES ($1, $2::float8, ${after('$3')}, $3::float8)
        ON CONFLICT (id) DO UPDATE
        SET weight = excluded.weight, expires_at = excluded.expires_at, ttl_ms = excluded.ttl_ms
        RETURNING id, weight),
      swept AS (
        DELETE FROM ${schema}.member WHERE id IN (
          SELECT id FROM ${schema}.member WHERE NOT ${isAlive} AND id <> $1 FOR UPDATE SKIP LOCKED))
      SELECT id, weight FROM heartbeat
      UNION ALL
      SELECT id, weight FROM ${schema}.member WHERE id <> $1 AND ${isAlive}`,
    leave: `DELETE FROM ${schema}.member WHERE id = $1`,
    listen: `LISTEN ${channel}`,
    state: `SELECT extract(epoch FROM ${now})::float8 * 1000 AS now, current_setting('server_version_num')::int AS version,
      pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS "isReadOnly"`,
  }
}
