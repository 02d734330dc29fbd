/**
 * `npm run check`: what CI runs, the quick steps first. It stops at the first step that fails, and ends with the number of tests.
 * Where `CI` is set a skipped test is a failure.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'

const RESULTS = '.tmp/test-results.json'
const STEPS = ['types', 'lint', 'unused', 'compare:form', 'test', 'package', 'smoke']

rmSync(RESULTS, { force: true })
const failed = STEPS.find((step) => !passes(step))
const counts = readCounts()
if (counts) console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
if (failed) console.error(`check: npm run ${failed} failed`)
else if (!counts?.passed) console.error('check: no test ran')
else if (process.env.CI && counts.skipped > 0) console.error('check: tests were skipped')
else process.exit(0)
process.exit(1)

function passes(step) {
  const start = performance.now()
  const { status } = spawnSync('npm', ['run', step], { stdio: 'inherit', shell: process.platform === 'win32' })
  console.log(
    `check: ${step} ${status === 0 ? 'passed' : 'failed'} in ${Math.round((performance.now() - start) / 1000)} s`,
  )
  return status === 0
}

/** Undefined when the tests did not get as far as writing their results. */
function readCounts() {
  try {
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(RESULTS, 'utf8'))
    return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests }
  } catch {
    return undefined
  }
}
