/** Prints before the tests which servers they will install, and after them how many tests were skipped because a server was missing. */
import type { TestProject } from 'vitest/node'
import { mayInstall, PACKAGES, type ServerName, searchServer } from './find-server.js'

export default async function announceServers(project: TestProject): Promise<() => Promise<void>> {
  const missing = await missingServers()
  if (missing.length > 0) console.log(await planFor(missing))
  return async () => {
    const missing = await missingServers()
    const skipped = project.vitest.state
      .getTestModules()
      .reduce((sum, module) => sum + [...module.children.allTests('skipped')].length, 0)
    if (missing.length > 0 && skipped > 0) {
      console.log(`${skipped} tests were skipped; not installed: ${missing.join(', ')}`)
    }
  }
}

async function planFor(missing: readonly ServerName[]): Promise<string> {
  const command = `apt-get install ${[...new Set(missing.map((name) => PACKAGES[name]))].join(' ')}`
  const why = `Some tests run against real servers, ask promtool and shells, or open the dashboard in Chromium. Not installed: ${missing.join(', ')}.`
  if (await mayInstall()) {
    return `${why}\nA test that needs one will now run ${command}, with the services switched off. ESCAPEMENT_TEST_INSTALL=0 skips these tests instead.`
  }
  return `${why}\nTests that need one are skipped${process.env.CI ? ', which is an error because CI is set' : ''}. On Debian: ${command}`
}

async function missingServers(): Promise<ServerName[]> {
  const names = Object.keys(PACKAGES) as ServerName[]
  const paths = await Promise.all(names.map(searchServer))
  return names.filter((_, index) => paths[index] === undefined)
}
