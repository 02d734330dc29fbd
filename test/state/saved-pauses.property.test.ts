/** The pauses of the state file: what this version and the one before make of each other's files. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { SavedPause } from '../../src/state/saved-pause.js'
import { StateFile } from '../../src/state/state-file.js'
import { decodeState, encodeState } from '../../src/state/state-format.js'
import type { StateContents } from '../../src/state/state-store.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'

const HEADER = 'escapement state 1\n'

const services: fc.Arbitrary<StateContents> = fc
  .array(fc.tuple(fc.string(), fc.array(fc.tuple(fc.string(), fc.uint8Array({ maxLength: 20 })), { maxLength: 3 })), {
    maxLength: 3,
  })
  .map((found) => new Map(found.map(([service, values]) => [service, new Map(values)])))

const pause: fc.Arbitrary<SavedPause> = fc.record(
  {
    entrypoint: fc.string({ unit: 'binary' }),
    isPaused: fc.boolean(),
    at: fc.double({ noNaN: true, noDefaultInfinity: true }),
    by: fc.string({ unit: 'binary' }),
    reason: fc.string({ unit: 'binary' }),
    isStored: fc.boolean(),
  },
  { requiredKeys: ['entrypoint', 'isPaused', 'at', 'by', 'isStored'] },
)

/** A file around any contents, with a right checksum. */
function fileWith(contents: unknown): Buffer {
  const body = serialize(contents)
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(crc32(body))
  return Buffer.concat([Buffer.from(HEADER), checksum, body])
}

/** How the version without pauses reads a file, and what it writes afterwards. */
function throughOlderVersion(file: Buffer): Buffer {
  expect(file.subarray(0, HEADER.length).toString()).toBe(HEADER)
  const { services } = deserialize(file.subarray(HEADER.length + 4))
  return fileWith({ services })
}

async function somewhere(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'escapement-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'state')
}

const open = (path: string) =>
  StateFile.open({
    path,
    clock: new VirtualClock(),
    onError(error) {
      throw error
    },
  })

const PAUSE: SavedPause = { entrypoint: 'svc.work', isPaused: true, at: 1, by: 'anna', isStored: false }

describe('pauses in the state file', () => {
  it('every state and every list of pauses is read back as it was written', () => {
    fc.assert(
      fc.property(services, fc.array(pause, { maxLength: 5 }), (services, pauses) => {
        expect(decodeState(Buffer.concat(encodeState({ services, pauses })))).toEqual({ services, pauses })
      }),
    )
  })

  it('upgrade: a file of the version before is read whole, and a file without pauses is written as that version does', () => {
    fc.assert(
      fc.property(services, (services) => {
        const before = fileWith({ services })
        expect(decodeState(before)).toEqual({ services, pauses: [] })
        expect(Buffer.concat(encodeState({ services, pauses: [] }))).toEqual(before)
      }),
    )
  })

  it('downgrade: the version before reads the state of services from every file, and only the pauses are lost when it writes', () => {
    fc.assert(
      fc.property(services, fc.array(pause, { maxLength: 5 }), (services, pauses) => {
        const after = throughOlderVersion(Buffer.concat(encodeState({ services, pauses })))
        expect(decodeState(after)).toEqual({ services, pauses: [] })
      }),
    )
  })

  it('what a later version adds to a pause is left out', () => {
    const file = fileWith({ services: new Map(), pauses: [{ ...PAUSE, until: 5 }], queue: [] })
    expect(decodeState(file)).toEqual({ services: new Map(), pauses: [PAUSE] })
  })

  it.each([
    ['no list', { 0: PAUSE }],
    ['a pause without a name', [{ ...PAUSE, entrypoint: undefined }]],
    ['a pause whose time is no number', [{ ...PAUSE, at: '2026' }]],
    ['a pause without a person', [{ ...PAUSE, by: null }]],
    ['a pause that may be one', [{ ...PAUSE, isPaused: 1 }]],
    ['nothing where a pause is', [null]],
  ])('a file whose pauses are %s is refused and left as it is, so that no pause is lost', async (_, pauses) => {
    const path = await somewhere()
    const file = fileWith({ services: new Map(), pauses })
    await writeFile(path, file)
    await expect(open(path)).rejects.toThrow('its pauses cannot be read')
    expect(await readFile(path)).toEqual(file)
  })

  it('pauses are in the file after a flush, stay there when services store something, and are there for the next process', async () => {
    const path = await somewhere()
    const file = await open(path)
    file.savePauses([PAUSE])
    expect(await file.flush()).toBe(true)
    expect(decodeState(await readFile(path))).toEqual({ services: new Map(), pauses: [PAUSE] })
    file.save(() => new Map([['shop', new Map([['n', new Uint8Array([1])]])]]))
    await file.close()
    const again = await open(path)
    expect(again.pauses).toEqual([PAUSE])
    expect(again.contents.get('shop')!.get('n')).toEqual(new Uint8Array([1]))
    again.savePauses([])
    await again.close()
    const last = await open(path)
    expect(last.pauses).toEqual([])
    expect(last.contents).toEqual(again.contents)
  })
})
