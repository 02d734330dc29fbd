import { describe, expect, it } from 'vitest'
import { openStore } from '../../src/coordinate/stores/open-store.js'
import { postgresUrlProblem } from '../../src/coordinate/stores/postgres-url.js'
import { systemClock } from '../../src/kernel/clock.js'

describe('a Postgres URL', () => {
  it.each([
    'postgres://user:password@host:5432/database',
    'postgresql://host',
    'postgres://user:p%40ss%2F%23%3A%25@host/db',
    'postgres://user:p@ss@host/db',
    'postgres://[::1]:5432/db',
    'postgres://user@%2Fvar%2Frun%2Fpostgresql/db',
    'postgres:///db?host=/var/run/postgresql',
    'postgres://host/db?sslmode=verify-full&application_name=shop',
    'postgres://user:a%2Cb@host/db',
  ])('is taken: %s', (url) => {
    expect(postgresUrlProblem(url)).toBeUndefined()
  })

  it.each([
    ['postgres://one:5432,two:5432/db', /several hosts.*follows the primary/],
    ['postgres://one,two/db', /several hosts/],
    ['postgres:///db?host=one,two', /several hosts/],
    ['postgres://user:pa#ss@host/db', /%23/],
    ['postgres://user:12#ss@host/db', /%23/],
    ['postgres://user:12/ss@host/db', /%2F/],
    ['postgres://user:12?ss@host/db', /"ss@host\/db"|%3F/],
    ['postgres://user:p%ss@host/db', /%25/],
    ['postgres://host:99999/db', /cannot be read/],
    ['postgres://host/db?target_session_attrs=read-write', /"target_session_attrs", which the client pg ignores/],
    ['postgres://host/db?sslrotcert=/ca.pem', /did you mean "?sslrootcert/],
    ['postgres://host/db?sslmode=verify-full&sslrootcert=/nowhere/ca.pem', /refused by the client pg: ENOENT.*ca\.pem/],
  ])('is refused with the reason: %s', (url, reason) => {
    expect(postgresUrlProblem(url)).toMatch(reason)
  })

  it('is refused at the start with the name of the setting, without the password', async () => {
    const error = await openStore(
      { url: 'postgres://user:hunter2@one,two/db', namespace: 'shop', onError: () => {} },
      systemClock(),
    ).catch((error) => error)
    expect(error).toMatchObject({ name: 'ConfigError', code: 'ERR_COORDINATION_URL' })
    expect(error.message).toContain('escapement.coordination.url names several hosts')
    expect(error.message).not.toContain('hunter2')
  })

  it.each(['pg_jobs', 'pg_', 'information_schema'])(
    'goes with no namespace that Postgres reserves: %s',
    async (namespace) => {
      const opened = openStore({ url: 'postgres://host/db', namespace, onError: () => {} }, systemClock())
      await expect(opened).rejects.toMatchObject({
        code: 'ERR_COORDINATION_NAMESPACE',
        message: expect.stringContaining('escapement.coordination.namespace'),
      })
    },
  )
})
