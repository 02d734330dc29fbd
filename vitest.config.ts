import { defineConfig } from 'vitest/config'
import { LongFirst } from './test/support/long-first.js'
import { StuckFiles } from './test/support/stuck-files.js'

export default defineConfig({
  // Vite does not lower standard decorators; TypeScript's own it does.
  oxc: { decorator: { legacy: true } },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/servers/announce-servers.ts'],
    // Tests that measure memory collect garbage first.
    execArgv: ['--expose-gc'],
    // One more than CI has cores: many files wait for servers and processes most of the time.
    maxWorkers: 3,
    sequence: { sequencer: LongFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A poll waits for an event on a machine that may be busy; the default is one second.
    expect: { requireAssertions: true, poll: { timeout: 20_000 } },
    // `npm run check` prints the counts.
    reporters: ['default', new StuckFiles(), ['json', { outputFile: '.tmp/test-results.json' }]],
  },
})
