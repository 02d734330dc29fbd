/**
 * `npm run check`: what CI runs, the quick steps first. It stops at the first step that fails, and ends with the number of tests.
 * Where `CI` is set a skipped test is a failure.
 *
 * The comparison with other packages waits most of its time, so it runs beside the quick steps. It measures dist/ as it is: `npm ci` or
 * the last build has written it, and the quick steps only read it.
 */
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'

const RESULTS = '.tmp/test-results.json'
const IS_WINDOWS = process.platform === 'win32'
const QUICK_STEPS = ['types', 'lint', 'unused']
const LONG_STEPS = ['test', 'package', 'smoke']
const BESIDE_QUICK_STEPS = 'compare:form'

rmSync(RESULTS, { force: true })
const beside = start(BESIDE_QUICK_STEPS)
let failed = QUICK_STEPS.find((step) => !passes(step))
if (failed) beside.stop()
else if (!(await beside.passes())) failed = BESIDE_QUICK_STEPS
failed ??= LONG_STEPS.find((step) => !passes(step))
const counts = readCounts()
if (counts) console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
if (failed) console.error(`check: npm run ${failed} failed`)
else if (!counts?.passed) console.error('check: no test ran')
else if (process.env.CI && counts.skipped > 0) console.error('check: tests were skipped')
else process.exit(0)
process.exit(1)

function passes(step) {
  const begun = performance.now()
  const { status } = spawnSync('npm', ['run', step], { stdio: 'inherit', shell: IS_WINDOWS })
  return tell(step, status, begun)
}

/** Starts a step. What it prints is kept, and printed when it is awaited. */
function start(step) {
  const begun = performance.now()
  const child = spawn('npm', ['run', step], {
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: IS_WINDOWS,
    detached: !IS_WINDOWS,
  })
  const output = []
  child.stdout.on('data', (chunk) => output.push(chunk))
  child.stderr.on('data', (chunk) => output.push(chunk))
  const ended = new Promise((resolve) => child.on('error', () => resolve(null)).on('close', resolve))
  return {
    async passes() {
      const status = await ended
      process.stdout.write(Buffer.concat(output))
      return tell(step, status, begun)
    },
    stop() {
      if (child.exitCode !== null) return
      if (IS_WINDOWS) child.kill()
      else process.kill(-child.pid, 'SIGTERM')
    },
  }
}

function tell(step, status, begun) {
  const seconds = Math.round((performance.now() - begun) / 1000)
  console.log(`check: ${step} ${status === 0 ? 'passed' : 'failed'} in ${seconds} s`)
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
