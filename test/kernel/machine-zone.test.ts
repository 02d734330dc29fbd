import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { type MachineZone, machineZoneName, machineZoneProblem } from '../../src/kernel/cron/machine-zone.js'

/** What the platform makes of a variable TZ, read in a process of its own. */
function zoneWith(TZ: string): MachineZone {
  const script =
    'console.log(JSON.stringify([Intl.DateTimeFormat().resolvedOptions().timeZone ?? null, new Date(Date.UTC(2026, 0, 1)).getTimezoneOffset()]))'
  const [name, offset] = JSON.parse(
    execFileSync(process.execPath, ['-e', script], { env: { ...process.env, TZ }, encoding: 'utf8' }),
  )
  return { variable: TZ, name: name ?? undefined, offset }
}

describe('machineZoneProblem', () => {
  it.each([
    'Europe/Paris',
    ':Europe/Paris',
    'UTC',
    'utc',
    'Etc/UTC',
    'GMT0',
    'UTC0',
    'Zulu',
    'Japan',
    'EST5EDT',
    'Etc/GMT+5',
    '',
  ])('machineZoneProblem says nothing of TZ=%j, which means what it says', (TZ) => {
    expect(machineZoneProblem(zoneWith(TZ))).toBeUndefined()
  })

  it('machineZoneProblem says nothing when TZ is not set', () => {
    expect(machineZoneProblem({ variable: undefined, name: 'Europe/Paris', offset: -60 })).toBeUndefined()
    expect(machineZoneProblem({ variable: undefined, name: undefined, offset: 0 })).toBeUndefined()
  })

  it.each([
    ['europe/paris', 'UTC, did you mean "Europe/Paris"?'],
    ['EUROPE/PARIS', 'UTC, did you mean "Europe/Paris"?'],
    ['Europe/Pariss', 'UTC, did you mean "Europe/Paris"?'],
    ['Foo/Bar', 'UTC'],
    ['japan', 'UTC, did you mean "Japan"?'],
    ['CET-1CEST,M3.5.0,M10.5.0/3', 'UTC'],
  ])('machineZoneProblem tells that the platform does not know TZ=%j', (TZ, meaning) => {
    expect(machineZoneProblem(zoneWith(TZ))).toBe(
      `the variable TZ is ${JSON.stringify(TZ)}, which this platform does not know, so local time is ${meaning}`,
    )
  })

  it('machineZoneProblem names the fixed offset that the platform takes for a path or a rule', () => {
    const variable = '/usr/share/zoneinfo/Europe/Paris'
    expect(machineZoneProblem({ variable, name: undefined, offset: -60 })).toBe(
      `the variable TZ is "${variable}", which this platform does not know, so local time is UTC+01:00, did you mean "Europe/Paris"?`,
    )
    expect(machineZoneProblem({ variable: 'UTC+3', name: undefined, offset: 180 })).toMatch(/local time is UTC-03:00/)
  })

  it.each([
    ['BST', 'Asia/Dhaka', '"Europe/London" or "Asia/Dhaka"'],
    ['EST', 'America/Panama', '"America/New_York" or "America/Panama"'],
  ])('machineZoneProblem tells what the platform takes the abbreviation TZ=%j for', (TZ, taken, meant) => {
    expect(machineZoneProblem(zoneWith(TZ))).toBe(
      `the variable TZ is "${TZ}", which this platform takes for ${taken}: write ${meant}`,
    )
  })
})

describe('machineZoneName', () => {
  it.each([
    ['Europe/Paris', -60, 'Europe/Paris'],
    [undefined, 0, 'UTC'],
    ['Etc/Unknown', 0, 'UTC'],
    [undefined, 210, 'UTC-03:30'],
  ])('machineZoneName of %j and an offset of %d is %s', (name, offset, text) => {
    expect(machineZoneName({ variable: undefined, name, offset })).toBe(text)
  })
})
