import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Cli, cli } from '../support/cli.js'
import { fixture } from '../support/supervised.js'

const cliIn = (TZ: string, ...args: string[]) => new Cli(args, { env: { TZ } })

describe('escapement run', () => {
  it('escapement run says what it runs, serves metrics and health, and logs "ready" first and "stopped" last', async () => {
    const run = cli('run', fixture('counters.ts'), '--port', '0')
    const [, url] = await run.output('stderr', /metrics: (\S+)\n/)
    const metrics = await (await fetch(url!)).text()
    expect(metrics).toMatch(/^escapement_ticks_due_total\{service="left",method="count"\} \d+$/m)
    const health = await fetch(url!.replace('/metrics', '/readyz'))
    expect(health.status).toBe(200)
    await run.output('stdout', /"counted"/)
    run.process.kill('SIGTERM')
    const { code, stderr } = await run.exited
    expect(code).toBe(0)
    expect(run.log[0]).toMatchObject({ msg: 'ready', services: 2, timers: 2 })
    expect(run.log.at(-1)).toMatchObject({ msg: 'stopped', killed: [] })
    expect(stderr).toMatch(/SERVICE +METHOD +SCHEDULE +OVERLAP +THREAD\n *left +count +every 20ms +skip +own/)
  })

  it('escapement run ends with exit code 0 when the time of --for is up', async () => {
    const run = cli('run', fixture('counters.ts'), '--no-http', '--for', '300ms')
    expect(await run.exited).toMatchObject({ code: 0 })
    expect(run.log.at(-1)).toMatchObject({ msg: 'stopped', killed: [] })
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('escapement run stops cleanly on %s', async (signal) => {
    const run = cli('run', fixture('background.ts'), '--no-http')
    await run.output('stdout', /"looked"/)
    run.process.kill(signal)
    const { code, stdout } = await run.exited
    expect(code).toBe(0)
    expect(stdout).toContain('stopped in good order')
    expect(run.log.at(-1)).toMatchObject({ msg: 'stopped' })
  })

  it('escapement run --log-level debug says what the parts of the start took, in milliseconds', async () => {
    const run = cli('run', fixture('plain.mjs'), '--port', '0', '--for', '100ms', '--log-level', 'debug')
    expect(await run.exited).toMatchObject({ code: 0 })
    const lines = run.stdout.split('\n').filter((line) => line.includes('"msg":"start measured"'))
    expect(lines).toHaveLength(1)
    const { describingMs, threadsMs, dependenciesMs, onStartMs, listeningMs, totalMs } = JSON.parse(lines[0]!)
    const parts = [describingMs, threadsMs, dependenciesMs, onStartMs]
    expect([...parts, listeningMs].every((part) => Number.isInteger(part) && part >= 0)).toBe(true)
    expect(describingMs).toBeGreaterThan(0)
    expect(threadsMs).toBeGreaterThan(0)
    // Each part is rounded.
    expect(totalMs).toBeGreaterThanOrEqual(parts.reduce((sum, part) => sum + part, 0) - parts.length)
  })

  it('escapement run takes configuration from --set', async () => {
    const run = cli('run', fixture('declining.ts'), '--no-http', '--set', 'INTERVAL=25ms', '--for', '100ms')
    expect(await run.exited).toMatchObject({ code: 0 })
    expect(run.stderr).toMatch(/declining +configured +every 25ms/)
  })

  it.each([
    ['no-such-file.ts', 78, /no-such-file\.ts does not exist/],
    ['../broken/syntax-error.ts', 78, /syntax-error\.ts cannot be imported/],
    ['../broken/throws-on-import.mjs', 78, /cannot be imported: Error: not today/],
    ['../broken/exits-on-import.mjs', 78, /ended the thread \(exit code 3; does it call process\.exit\(\)\?\)/],
    ['../broken/no-service.mjs', 78, /helper/],
    ['../broken/bad-option.ts', 78, /bad_option\.work: option "overlpa" is not known, did you mean "overlap"\?/],
    ['../broken/start-fails.ts', 70, /start_fails: onStart failed: Error: no database/],
    [
      '../broken/no-method.mjs',
      70,
      /no_method: its constructor failed: DefinitionError: create\(\) must return an object with a method "work"/,
    ],
  ])('escapement run refuses %s with exit code %d and says why', async (file, exitCode, text) => {
    const { code, stderr } = await cli('run', fixture(file), '--no-http').exited
    expect(stderr).toMatch(text)
    expect(code).toBe(exitCode)
  })

  it('escapement run exits with 74 when the last write of the state file fails', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'state-'))
    const file = join(folder, 'state')
    const run = cli('run', fixture('keeper.mjs'), '--no-http', '--set', `escapement.state.file=${file}`)
    await run.output('stdout', /"counted"/)
    rmSync(folder, { recursive: true })
    run.process.kill('SIGTERM')
    expect(await run.exited).toMatchObject({ code: 74 })
    expect(run.log.find(({ msg }) => msg === 'state not saved')).toMatchObject({ level: 50 })
  })

  it('escapement run refuses a state file that it could not replace with exit code 78', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'state-')), 'state')
    symlinkSync('/nowhere/at/all', file)
    const { code, stderr } = await cli(
      'run',
      fixture('keeper.mjs'),
      '--no-http',
      '--set',
      `escapement.state.file=${file}`,
    ).exited
    expect(stderr).toMatch(/is a link to \/nowhere\/at\/all, which does not exist\. .*its folder must exist/)
    expect(code).toBe(78)
  })

  it('escapement run refuses two services of one name', async () => {
    const { code, stderr } = await cli('run', fixture('plain.mjs'), fixture('../broken/same-name.mjs'), '--no-http')
      .exited
    expect(stderr).toMatch(/two services are named "plain"/)
    expect(code).toBe(78)
  })

  it.each([
    [['run'], /missing required argument 'module'/],
    [['rnu', 'x.ts'], /unknown command 'rnu'\n\(Did you mean run\?\)/],
    [['run', 'x.ts', '--prot', '1'], /unknown option '--prot'\n\(Did you mean --port\?\)/],
    [['run', 'x.ts', '--for', 'soon'], /--for "soon": expected a duration such as 30s or 5m/],
    [['run', 'x.ts', '--port', '99999'], /--port 99999: expected a port number/],
  ])('escapement run answers %j with usage and exit code 64', async (args, text) => {
    const { code, stderr } = await cli(...args).exited
    expect(stderr).toMatch(text)
    expect(code).toBe(64)
  })

  it.each([
    ['escapement.htp.port=1', 78, /escapement\.htp is not known, did you mean "http"\?/],
    ['escapement.services.lfet.threads=2', 78, /no such service, did you mean "left"\?/],
    ['escapement.defaults.overlap=skpi', 78, /skip/],
    ['NAME', 64, /--set NAME: expected KEY=VALUE/],
  ])('escapement run refuses --set %s with exit code %i', async (setting, exitCode, text) => {
    const { code, stderr } = await cli('run', fixture('counters.ts'), '--no-http', '--set', setting).exited
    expect(stderr).toMatch(text)
    expect(code).toBe(exitCode)
  })
})

describe('escapement list', () => {
  it('escapement list lists entrypoints without starting anything', async () => {
    const { code, stdout } = await cli('list', fixture('overlaps.ts')).exited
    expect(code).toBe(0)
    expect(stdout).toMatch(/overlaps +allowing +every 20ms +allow 4 +own/)
  })

  it('escapement list shows the next due moment of a timer and the zone of the machine', async () => {
    const { stdout, stderr } = await cliIn('Asia/Tokyo', 'list', fixture('machine-zone.mjs')).exited
    expect(stdout).toMatch(/NEXT DUE +ZONE\n.* \d{4}-\d\d-\d\d 03:00:00 \+09:00 +Asia\/Tokyo \(of the machine\)/)
    expect(stderr).toBe('')
    const { stdout: json } = await cliIn('Asia/Tokyo', 'list', fixture('machine-zone.mjs'), '--json').exited
    expect(JSON.parse(json)[0].timers[0].nextDueAt).toMatch(/T18:00:00\.000Z$/)
  })

  it('escapement list warns of a variable TZ that the platform does not know, and shows that times are in UTC', async () => {
    const { stdout, stderr } = await cliIn('europe/paris', 'list', fixture('machine-zone.mjs')).exited
    expect(stderr).toMatch(/^warning: the variable TZ is "europe\/paris", .* did you mean "Europe\/Paris"\?$/m)
    expect(stdout).toMatch(/03:00:00 \+00:00 +UTC \(of the machine\)/)
    expect((await cliIn('europe/paris', 'list', fixture('plain.mjs')).exited).stderr).toBe('')
  })

  it('escapement run warns of a variable TZ that the platform does not know', async () => {
    const run = cliIn('Foo/Bar', 'run', fixture('machine-zone.mjs'), '--no-http')
    await run.output('stdout', /the variable TZ is \\"Foo\/Bar\\", which this platform does not know/)
    run.process.kill('SIGTERM')
    expect((await run.exited).code).toBe(0)
  })

  it.each(['list', 'plan', 'run'])(
    'escapement %s warns of a default that the scope of a timer cannot have',
    async (command) => {
      const settings = ['defaults.scope=cluster', 'defaults.eager=true'].flatMap((one) => [
        '--set',
        `escapement.${one}`,
      ])
      const started = cli(command, fixture('plain.mjs'), ...settings, ...(command === 'run' ? ['--no-http'] : []))
      const text = await started.output(
        command === 'run' ? 'stdout' : 'stderr',
        /escapement\.defaults\.eager does not fit the scope of plain\./,
      )
      expect(text[0]).toContain('defaults.eager')
      started.process.kill('SIGTERM')
      await started.exited
    },
  )

  it('escapement list prints the definitions as JSON', async () => {
    const { stdout } = await cli('list', fixture('shared-pool.ts'), '--json').exited
    expect(JSON.parse(stdout)).toMatchObject([
      { name: 'small_one', pool: 'small', timers: [{ id: 'small_one.work', schedule: { interval: 20_000 } }] },
      { name: 'small_two' },
    ])
  })
})

describe('a start that does not end', () => {
  it('a start that does not end is given up at its deadline with exit code 70', async () => {
    const { code, stderr } = await cli(
      'run',
      fixture('../broken/start-hangs.mjs'),
      '--no-http',
      '--set',
      'escapement.startup.deadline=0.5',
    ).exited
    expect(stderr).toMatch(/start_hangs: had not started after 500ms/)
    expect(code).toBe(70)
  })
})

describe('a stop that cannot wait', () => {
  it('a stop that cannot wait kills what does not end by itself, names it, and exits with 75', async () => {
    const run = cli('run', fixture('stubborn.mjs'), '--no-http', '--set', 'escapement.shutdown.drain=0.2')
    await run.output('stdout', /"spinning"/)
    run.process.kill('SIGTERM')
    const { code } = await run.exited
    expect(code).toBe(75)
    expect(run.log).toContainEqual(expect.objectContaining({ msg: 'stopped', killed: ['stubborn.spin'] }))
  })

  it('a stop that cannot wait does so at once on a second signal', async () => {
    const run = cli('run', fixture('stubborn.mjs'), '--no-http', '--set', 'escapement.shutdown.drain=1h')
    await run.output('stdout', /"spinning"/)
    run.process.kill('SIGTERM')
    await run.output('stdout', /"stopping"/)
    run.process.kill('SIGINT')
    const { code } = await run.exited
    expect(code).toBe(75)
    expect(run.log).toContainEqual(expect.objectContaining({ msg: 'stopped', killed: ['stubborn.spin'] }))
  })
})
