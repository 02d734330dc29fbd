/** Clock changes, one of each kind. `at` is the first instant with the new offset. */
export interface ClockChange {
  readonly timezone: string
  readonly at: string
  readonly minutes: number
  readonly kind: string
}

export const CLOCK_CHANGES: readonly ClockChange[] = [
  { timezone: 'America/New_York', at: '2026-03-08T07:00:00Z', minutes: 60, kind: 'an hour forward, west of Greenwich' },
  { timezone: 'America/New_York', at: '2026-11-01T06:00:00Z', minutes: -60, kind: 'an hour back, west of Greenwich' },
  { timezone: 'Europe/Berlin', at: '2026-03-29T01:00:00Z', minutes: 60, kind: 'an hour forward, east of Greenwich' },
  { timezone: 'Europe/Paris', at: '2026-10-25T01:00:00Z', minutes: -60, kind: 'an hour back, east of Greenwich' },
  { timezone: 'Australia/Lord_Howe', at: '2026-10-03T15:30:00Z', minutes: 30, kind: 'half an hour forward' },
  { timezone: 'Australia/Lord_Howe', at: '2026-04-04T15:00:00Z', minutes: -30, kind: 'half an hour back' },
  { timezone: 'America/Santiago', at: '2025-09-07T04:00:00Z', minutes: 60, kind: 'forward at midnight' },
  { timezone: 'America/Santiago', at: '2025-04-06T03:00:00Z', minutes: -60, kind: 'back at midnight' },
  { timezone: 'America/Nuuk', at: '2023-03-26T01:00:00Z', minutes: 60, kind: 'forward at 22:00, for good' },
  { timezone: 'Africa/Casablanca', at: '2025-02-23T02:00:00Z', minutes: -60, kind: 'back for Ramadan' },
  { timezone: 'Africa/Casablanca', at: '2025-04-06T02:00:00Z', minutes: 60, kind: 'forward after Ramadan' },
  { timezone: 'Pacific/Apia', at: '2011-12-30T10:00:00Z', minutes: 1_440, kind: 'over the date line, a day left out' },
]
