/**
 * What the Postgres store asks for, each in one statement: it holds or fails as a whole, needs no session of its own (so any
 * pooler may be in between), and its clock is the database's, read when the row is looked at.
 */

export interface Statements {
  /** Several in one message, so all of them or none. */
  readonly createTables: string
  /** Whether they are there: then the right to create tables is not needed. */
  readonly hasTables: string
  /** $1 lease, $2 holder, $3 ttl. One row; none when what was seen changed meanwhile: ask again. */
  readonly acquire: string
  /** $1 lease, $2 holder, $3 epoch, $4 ttl. One row when it was renewed. */
  readonly renew: string
  /** $1 lease, $2 holder, $3 epoch. One row when it was given back. */
  readonly release: string
  /** $1 slot, $2 holder, $3 keep. One row when it is the holder's. */
  readonly claim: string
  /** $1 id, $2 weight, $3 ttl. A row for each member. */
  readonly beat: string
  /** $1 id. */
  readonly leave: string
  readonly listen: string
}

/** Of its own, so that several instances that start at once create the tables one after the other. */
const CREATION_LOCK = 7_237_119_458_041_356n

/** Lapsed claims deleted with each new one: more than come in, few enough not to be noticed. */
const SWEPT_PER_CLAIM = 10

export function statementsFor(namespace: string): Statements {
  const schema = `"${namespace}"`
  const channel = `"${namespace}.released"`
  const now = 'clock_timestamp()'
  const after = (parameter: string) => `${now} + ${parameter}::float8 * interval '1 millisecond'`
  return {
    createTables: `
      SELECT pg_advisory_xact_lock(${CREATION_LOCK});
      CREATE SCHEMA IF NOT EXISTS ${schema};
      CREATE TABLE IF NOT EXISTS ${schema}.lease (
        name text PRIMARY KEY, holder text NOT NULL, epoch bigint NOT NULL, expires_at timestamptz NOT NULL);
      CREATE TABLE IF NOT EXISTS ${schema}.claim (
        slot text PRIMARY KEY, holder text NOT NULL, expires_at timestamptz NOT NULL);
      CREATE INDEX IF NOT EXISTS claim_expires_at ON ${schema}.claim (expires_at);
      CREATE TABLE IF NOT EXISTS ${schema}.member (
        id text PRIMARY KEY, weight float8 NOT NULL, expires_at timestamptz NOT NULL)`,
    hasTables: `SELECT to_regclass('${schema}.member') IS NOT NULL AS has`,
    // The row stays for ever: its epoch must. Epochs follow the clock in milliseconds as long as it runs ahead of them, so
    // that a database that has lost the last ones (a standby that was behind, a backup) does not give them out again.
    acquire: `
      WITH granted AS (
        INSERT INTO ${schema}.lease AS last (name, holder, epoch, expires_at)
        VALUES ($1, $2, (extract(epoch FROM ${now}) * 1000)::bigint, ${after('$3')})
        ON CONFLICT (name) DO UPDATE
        SET holder = excluded.holder, epoch = greatest(last.epoch + 1, excluded.epoch), expires_at = ${after('$3')}
        WHERE last.expires_at <= ${now}
        RETURNING holder, epoch)
      SELECT true AS granted, holder, epoch FROM granted
      UNION ALL
      SELECT false, holder, epoch FROM ${schema}.lease
      WHERE name = $1 AND expires_at > ${now} AND NOT EXISTS (SELECT FROM granted)`,
    renew: `
      UPDATE ${schema}.lease SET expires_at = ${after('$4')}
      WHERE name = $1 AND holder = $2 AND epoch = $3::bigint AND expires_at > ${now}
      RETURNING name`,
    release: `
      WITH released AS (
        UPDATE ${schema}.lease SET expires_at = '-infinity'
        WHERE name = $1 AND holder = $2 AND epoch = $3::bigint AND expires_at > ${now}
        RETURNING name)
      SELECT pg_notify('${namespace}.released', name) FROM released`,
    // Rows somebody else is at are passed over: instances that sweep at once must not wait for each other in a circle.
    claim: `
      WITH swept AS (
        DELETE FROM ${schema}.claim WHERE slot IN (
          SELECT slot FROM ${schema}.claim WHERE expires_at <= ${now} AND slot <> $1
          ORDER BY expires_at LIMIT ${SWEPT_PER_CLAIM} FOR UPDATE SKIP LOCKED))
      INSERT INTO ${schema}.claim AS last (slot, holder, expires_at) VALUES ($1, $2, ${after('$3')})
      ON CONFLICT (slot) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
      WHERE last.expires_at <= ${now} OR last.holder = excluded.holder
      RETURNING slot`,
    beat: `
      WITH beat AS (
        INSERT INTO ${schema}.member (id, weight, expires_at) VALUES ($1, $2::float8, ${after('$3')})
        ON CONFLICT (id) DO UPDATE SET weight = excluded.weight, expires_at = excluded.expires_at
        RETURNING id, weight),
      swept AS (
        DELETE FROM ${schema}.member WHERE id IN (
          SELECT id FROM ${schema}.member WHERE expires_at <= ${now} AND id <> $1 FOR UPDATE SKIP LOCKED))
      SELECT id, weight FROM beat
      UNION ALL
      SELECT id, weight FROM ${schema}.member WHERE id <> $1 AND expires_at > ${now}`,
    leave: `DELETE FROM ${schema}.member WHERE id = $1`,
    listen: `LISTEN ${channel}`,
  }
}
