/** `escapement run` under real limits of the operating system. `setpriv` and `prlimit` belong to Linux. */
import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { MAIN } from '../support/cli.js'
import { fixture } from '../support/supervised.js'

const isLinux = process.platform === 'linux'

/** Runs a shell command that sets limits and then executes the program. */
function limited(limits: string, ...args: string[]) {
  const command = `${limits} exec "$0" "$@"`
  return spawnSync('sh', ['-c', command, process.execPath, MAIN, ...args], { encoding: 'utf8', timeout: 30_000 })
}

/** The number of threads of a user is not limited for root: the program runs as a user that has nothing else. */
function asNobody(prlimit: string, ...args: string[]) {
  const command = ['--reuid', '65534', '--clear-groups', 'prlimit', prlimit, process.execPath, MAIN, ...args]
  return spawnSync('setpriv', command, { encoding: 'utf8', timeout: 30_000 })
}

const canChangeUser = isLinux && process.getuid?.() === 0 && spawnSync('setpriv', ['--version']).status === 0
/** A checkout in a folder of root's alone cannot be read by another user. */
const nobodyCanRead = canChangeUser && asNobody('--nproc=100', '--version').status === 0

const STEADY = ['run', fixture('steady.mjs'), '--port', '0', '--for', '200ms']

describe.runIf(isLinux)('escapement run under a limit of open files', () => {
  it('escapement run works with 96 open files', () => {
    const { status, stderr } = limited('ulimit -n 96;', ...STEADY)
    expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.stringContaining('steady') })
  })

  it('escapement run exits with 71 and names ulimit -n where it cannot open what it needs itself', () => {
    const { status, stderr } = limited('ulimit -n 40;', ...STEADY)
    expect(stderr).toMatch(/^escapement: escapement must be able to open 64 files .* but ulimit -n is 40\. Raise/)
    expect(stderr).not.toMatch(/^ {4}at /m)
    expect(status).toBe(71)
  })

  it('escapement run exits with 71 and names ulimit -n where a service opens too many files', () => {
    const { status, stderr } = limited('ulimit -n 96;', 'run', fixture('../broken/opens-many-files.mjs'), '--no-http')
    expect(stderr).toMatch(/opens_many_files: onStart failed: .*EMFILE.*\(ulimit -n is 96.*Raise the limit: ulimit -n/)
    expect(status).toBe(71)
  })
})

describe.runIf(nobodyCanRead)('escapement run under a limit of threads', () => {
  it('escapement run exits with 71 and names ulimit -u where a thread cannot be created', () => {
    const { status, stderr } = asNobody('--nproc=20', ...STEADY, '--set', 'escapement.services.steady.threads=30')
    expect(stderr).toMatch(/^escapement: .*EAGAIN.*no further thread may be created \(ulimit -u is 20/)
    expect(stderr).not.toMatch(/^ {4}at /m)
    expect(status).toBe(71)
  })
})
