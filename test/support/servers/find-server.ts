/**
 * Finds the server programs of the tests, and the other programs that they need: in PATH, in the folders of Debian, or (on Debian, as root) by installing them now.
 *
 * When a program is missing, the tests that need it are skipped with a message; if `CI` is set, that is an error.
 * `ESCAPEMENT_TEST_INSTALL=0` forbids the installation.
 */
import { execFile } from 'node:child_process'
import { access, constants, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

/** The Debian package of each program. */
export const PACKAGES = {
  'redis-server': 'redis-server',
  postgres: 'postgresql',
  etcd: 'etcd-server',
  promtool: 'prometheus',
  prometheus: 'prometheus',
  'systemd-analyze': 'systemd',
  chromium: 'chromium',
  zsh: 'zsh',
  fish: 'fish',
} as const

export type ServerName = keyof typeof PACKAGES

/** Installs one package at a time, and keeps its service from starting. */
const INSTALL = `
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\\nexit 101\\n' > "$policy"
    chmod +x "$policy"
  fi
  export DEBIAN_FRONTEND=noninteractive
  install() { apt-get install --yes --no-install-recommends "$1"; }
  install "$0" || { apt-get update && install "$0"; }
`
const INSTALL_LOCK = join(tmpdir(), 'escapement-test-install.lock')

/** The path of the program; undefined when it is missing and its tests are to be skipped. */
export async function findServer(name: ServerName): Promise<string | undefined> {
  const path = (await searchServer(name)) ?? ((await install(PACKAGES[name])) ? await searchServer(name) : undefined)
  if (path) return path
  const problem = `${name} is not installed (Debian: apt-get install ${PACKAGES[name]})`
  if (process.env.CI) throw new Error(problem)
  console.warn(`SKIPPED: ${problem}`)
  return undefined
}

/** The path of an installed program; undefined when there is none. */
export async function searchServer(name: ServerName): Promise<string | undefined> {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...(await postgresFolders())]
  for (const folder of folders.filter(Boolean)) {
    const path = join(folder, name)
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isThere) return path
  }
  return undefined
}

/** Sorts the newest version first. */
async function postgresFolders(): Promise<string[]> {
  const root = '/usr/lib/postgresql'
  const versions = await readdir(root).catch(() => [])
  return versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(root, version, 'bin'))
}

/** True when a missing program will be installed. */
export async function mayInstall(): Promise<boolean> {
  if (process.env.ESCAPEMENT_TEST_INSTALL === '0' || process.getuid?.() !== 0) return false
  return access('/etc/debian_version').then(
    () => true,
    () => false,
  )
}

async function install(name: string): Promise<boolean> {
  if (!(await mayInstall())) return false
  try {
    await promisify(execFile)('flock', [INSTALL_LOCK, 'sh', '-c', INSTALL, name])
    return true
  } catch (error) {
    console.warn(`${name} could not be installed: ${error}`)
    return false
  }
}
