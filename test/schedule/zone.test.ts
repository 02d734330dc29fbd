import { afterEach, describe, expect, it } from 'vitest'
import { changeBetween, DAY, locate, zoneOf } from '../../src/schedule/zone.js'
import { CLOCK_CHANGES } from './clock-changes.js'

const utc = (text: string) => Date.parse(`${text}Z`)

describe('Zone.offsetAt', () => {
  it.each([
    ['UTC', '2026-01-01T00:00', 0],
    ['Europe/Paris', '2026-01-01T00:00', 60],
    ['Europe/Paris', '2026-07-01T00:00', 120],
    ['America/St_Johns', '2026-07-01T00:00', -150],
    ['Asia/Kathmandu', '2026-01-01T00:00', 345],
    ['Pacific/Apia', '2011-12-31T00:00', 840],
    ['Africa/Monrovia', '1971-01-01T00:00', -44.5],
  ])('%s at %s is %d minutes ahead of UTC', (timezone, instant, minutes) => {
    expect(zoneOf(timezone).offsetAt(utc(instant))).toBe(minutes * 60_000)
  })

  it('belongs to one object per zone', () => {
    expect(zoneOf('Europe/Paris')).toBe(zoneOf('Europe/Paris'))
  })

  it('cannot be asked of a zone that does not exist', () => {
    expect(() => zoneOf('Mars/Olympus')).toThrow(RangeError)
  })
})

describe('the zone of the machine', () => {
  const before = process.env.TZ
  afterEach(() => {
    if (before === undefined) delete process.env.TZ
    else process.env.TZ = before
  })

  it('is used when no zone is named', () => {
    process.env.TZ = 'America/New_York'
    expect(zoneOf(undefined).offsetAt(utc('2026-01-01T00:00'))).toBe(-5 * 3_600_000)
    expect(zoneOf(undefined).offsetAt(utc('2026-07-01T00:00'))).toBe(-4 * 3_600_000)
  })
})

describe('changeBetween', () => {
  it.each(CLOCK_CHANGES)('$timezone $at: $kind', ({ timezone, at, minutes }) => {
    const zone = zoneOf(timezone)
    const change = Date.parse(at)
    expect(changeBetween(zone, change - DAY, change + DAY)).toBe(change)
    expect(changeBetween(zone, change - 1, change)).toBe(change)
    expect(changeBetween(zone, change - 0.5, change + DAY)).toBe(change)
    expect(changeBetween(zone, change, change + DAY)).toBeUndefined()
    expect(changeBetween(zone, change - DAY, change - 1)).toBeUndefined()
    expect(zone.offsetAt(change) - zone.offsetAt(change - 1)).toBe(minutes * 60_000)
  })
})

describe('locate', () => {
  const newYork = zoneOf('America/New_York')

  it('finds one instant for a local time of an ordinary day', () => {
    expect(locate(newYork, utc('2026-06-01T12:00'))).toEqual({ comes: 'once', at: utc('2026-06-01T16:00') })
  })

  it('finds no instant for a local time in a gap', () => {
    expect(locate(newYork, utc('2026-03-08T02:30'))).toEqual({
      comes: 'never',
      end: utc('2026-03-08T07:00'),
      length: 3_600_000,
    })
  })

  it('finds two instants for a local time in a fold', () => {
    expect(locate(newYork, utc('2026-11-01T01:30'))).toEqual({
      comes: 'twice',
      first: utc('2026-11-01T05:30'),
      second: utc('2026-11-01T06:30'),
    })
  })

  it('finds one instant just before a gap or a fold and at its end', () => {
    expect(locate(newYork, utc('2026-03-08T01:59:59.999'))).toMatchObject({ at: utc('2026-03-08T06:59:59.999') })
    expect(locate(newYork, utc('2026-03-08T03:00'))).toEqual({ comes: 'once', at: utc('2026-03-08T07:00') })
    expect(locate(newYork, utc('2026-11-01T00:59:59.999'))).toMatchObject({ at: utc('2026-11-01T04:59:59.999') })
    expect(locate(newYork, utc('2026-11-01T02:00'))).toEqual({ comes: 'once', at: utc('2026-11-01T07:00') })
  })

  it('finds no instant for the day that Samoa left out', () => {
    const apia = zoneOf('Pacific/Apia')
    expect(locate(apia, utc('2011-12-29T23:59'))).toMatchObject({ at: utc('2011-12-30T09:59') })
    expect(locate(apia, utc('2011-12-30T12:00'))).toMatchObject({ comes: 'never', end: utc('2011-12-30T10:00') })
    expect(locate(apia, utc('2011-12-31T00:00'))).toMatchObject({ at: utc('2011-12-30T10:00') })
  })

  it.each(CLOCK_CHANGES)('finds every instant again from its local time around $timezone $at', ({ timezone, at }) => {
    const zone = zoneOf(timezone)
    for (let instant = Date.parse(at) - 2 * DAY; instant < Date.parse(at) + 2 * DAY; instant += 900_000) {
      const place = locate(zone, instant + zone.offsetAt(instant))
      if (place.comes === 'once') expect(place.at).toBe(instant)
      else expect(place).toSatisfy(() => place.comes === 'twice' && [place.first, place.second].includes(instant))
    }
  })
})
