/** The systemd unit: systemd's own checker accepts it, and its values fit the program. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { EXIT } from '../../src/cli/exit-codes.js'
import { findServer } from '../support/servers/find-server.js'
import { readDeploy } from './deploy-file.js'
import { stopTime } from './stop-time.js'
import { unitSettings } from './unit-file.js'

const analyze = await findServer('systemd-analyze')
const settings = unitSettings()

/** The exposure that `systemd-analyze security` computes, times ten: 0 is best, 100 worst. */
const MOST_EXPOSED = 20

/** Runs systemd-analyze on the unit, whose program and folder this machine does not have. */
async function analyzeUnit(change: (unit: string) => string, ...args: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'escapement-unit-'))
  const file = join(folder, 'escapement.service')
  try {
    const unit = readDeploy('systemd/escapement.service')
    await writeFile(file, change(unit.replace('/usr/bin/node', process.execPath).replace('=/opt/escapement', '=/')))
    const { stdout, stderr } = await promisify(execFile)(analyze!, [...args, file])
    return stdout + stderr
  } finally {
    await rm(folder, { recursive: true })
  }
}

describe('the systemd unit', () => {
  it('the systemd unit waits longer for a stop than a stop takes', () => {
    expect(Number(settings.get('TimeoutStopSec')![0])).toBeGreaterThan(stopTime({}))
  })

  it('the systemd unit does not start again what a restart does not mend, and takes a stop that killed work for a stop', () => {
    const codes = settings.get('RestartPreventExitStatus')![0]!.split(' ').map(Number)
    expect(codes).toEqual([EXIT.usage, EXIT.badConfig])
    expect(Number(settings.get('SuccessExitStatus')![0])).toBe(EXIT.killedWork)
  })
})

describe.skipIf(!analyze)('the systemd unit and systemd-analyze', () => {
  it('systemd-analyze verify has nothing to say about the unit', async () => {
    expect(await analyzeUnit((unit) => unit, 'verify')).toBe('')
  })

  it('systemd-analyze verify would find a setting that does not exist', async () => {
    const said = await analyzeUnit((unit) => unit.replace('ProtectHome', 'ProtectHouse'), 'verify')
    expect(said).toMatch(/Unknown key.*'ProtectHouse'/)
  })

  it('systemd-analyze security finds the unit little exposed', async () => {
    const said = await analyzeUnit((unit) => unit, 'security', '--offline=true', `--threshold=${MOST_EXPOSED}`)
    expect(said).toContain('OK')
  })

  it('systemd-analyze security would find the unit exposed that ran as root', async () => {
    const asRoot = (unit: string) =>
      unit.replace(/^(DynamicUser|ProtectSystem|SystemCallFilter|Capability.*|Private.*)=.*$/gm, '')
    await expect(analyzeUnit(asRoot, 'security', '--offline=true', `--threshold=${MOST_EXPOSED}`)).rejects.toThrow(
      'systemd-analyze',
    )
  })
})
