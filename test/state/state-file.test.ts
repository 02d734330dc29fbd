import { execFileSync, spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { ConfigError } from '../../src/kernel/errors.js'
import * as replacing from '../../src/state/replace-file.js'
import { StateFile, type StateFileOptions } from '../../src/state/state-file.js'
import { decodeState, encodeState } from '../../src/state/state-format.js'
import { type StateContents, StateStore } from '../../src/state/state-store.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'

const SECOND = 1_000_000

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'escapement-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

const somewhere = async () => join(await folder(), 'state')

/** A file with a clock of its own, and what went wrong with it. */
async function opened(path: string, options: Partial<StateFileOptions> = {}) {
  const clock = new VirtualClock()
  const troubles: Error[] = []
  const file = await StateFile.open({ path, clock, onError: (error) => troubles.push(error), ...options })
  return { file, clock, troubles }
}

const contents =
  (value: number): (() => StateContents) =>
  () =>
    new Map([['shop', new Map([['n', new Uint8Array([value])]])]])

async function inFile(path: string): Promise<number | undefined> {
  const file = await readFile(path).catch(() => undefined)
  const contents = file && decodeState(file)
  return typeof contents === 'object' ? contents.services.get('shop')?.get('n')?.[0] : undefined
}

/** Disk is not on the virtual clock. */
const eventually = <Value>(look: () => Value | Promise<Value>, value: Value) =>
  expect.poll(look, { interval: 5, timeout: 30_000 }).toEqual(value)

describe('a state file', () => {
  it('a state file gives back what a store had written, to the byte', async () => {
    const path = await somewhere()
    const { file } = await opened(path)
    expect(file.contents).toEqual(new Map())
    const store = new StateStore({ maxBytes: 10_000, onChange: (all) => file.save(all) })
    const every = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    store.answer('shop', { op: 'set', key: 'every "byte"\n', value: every })
    store.answer('shop', { op: 'set', key: 'empty', value: new Uint8Array() })
    store.answer('__proto__', { op: 'set', key: 'é', value: new Uint8Array([1]) })
    store.answer('gone', { op: 'set', key: 'k', value: new Uint8Array([1]) })
    store.answer('gone', { op: 'set', key: 'k', value: undefined })
    await file.close()

    const { file: again } = await opened(path)
    expect(again.contents).toEqual(store.contents())
    expect([...again.contents.keys()]).toEqual(['shop', '__proto__'])
    const restored = new StateStore({ maxBytes: 10_000, contents: again.contents })
    expect(restored.answer('shop', { op: 'get', key: 'every "byte"\n' })).toMatchObject({ value: every })
    // What is sent to a thread is the whole memory under a value.
    for (const value of again.contents.get('shop')!.values()) expect(value.buffer.byteLength).toBe(value.length)
  })

  it('a state file is not made before there is something to keep, and is for nobody else to read', async () => {
    const path = await somewhere()
    const { file } = await opened(path)
    await file.close()
    await expect(stat(path)).rejects.toThrow(/ENOENT/)
    const { file: second } = await opened(path)
    second.save(contents(1))
    await second.close()
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    await chmod(path, 0o644)
    const { file: third } = await opened(path)
    third.save(contents(2))
    await third.close()
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(join(path, '..'))).toEqual(['state'])
  })

  it.each([
    ['a foreign file', Buffer.from('SYNC_BATCH_SIZE: 100\n'), /is not a state file of escapement/],
    ['an empty one', Buffer.alloc(0), /is not a state file of escapement/],
    ['one of a later version', Buffer.from('escapement state 2\n....'), /another version of escapement/],
    ['one cut off in its header', encoded().subarray(0, 21), /its checksum is wrong: it was truncated or changed/],
    ['one cut off', encoded().subarray(0, -1), /its checksum is wrong/],
    ['one with a bit changed', encoded({ flip: 40 }), /its checksum is wrong/],
    ['one that V8 cannot read', encoded({ body: Buffer.from('rubbish') }), /its contents cannot be read/],
    ['one with something else in it', encoded({ body: serialized(5) }), /its contents are not the state of services/],
  ])('a state file that cannot be used, %s, is an error and is left alone', async (_, bytes, says) => {
    const path = await somewhere()
    await writeFile(path, bytes)
    const attempt = opened(path)
    await expect(attempt).rejects.toThrow(ConfigError)
    await expect(attempt).rejects.toThrow(says)
    await expect(attempt).rejects.toThrow(
      /the state file .*state cannot be used: .* move it away to begin with an empty/,
    )
    expect(await readFile(path)).toEqual(bytes)
  })

  it('a state file is an error at once when it could not be written, or not be read', async () => {
    const path = await somewhere()
    await expect(opened(join(path, 'no', 'such', 'folder'))).rejects.toThrow(
      /cannot be written: .*ENOENT.* folder must exist/,
    )
    await expect(opened(join(path, '..'))).rejects.toThrow(/cannot be used: it is a folder, not a file/)
    await expect(opened(join(path, '..'))).rejects.toThrow(ConfigError)
  })
})

describe('a state file that cannot be used', () => {
  it('a state file that cannot be used because it is a FIFO is refused, and nobody waits for a writer', async () => {
    const path = await somewhere()
    execFileSync('mkfifo', [path])
    await expect(opened(path)).rejects.toThrow(/cannot be used: it is a FIFO, not a file/)
    await expect(opened(path)).rejects.toThrow(ConfigError)
  })

  it('a state file that cannot be used because it is a device is refused', async () => {
    await expect(opened('/dev/null')).rejects.toThrow(/it is a device, not a file/)
  })

  it('a state file that cannot be used because it is a link to nothing is refused, and the link stays', async () => {
    const path = await somewhere()
    await symlink('/nowhere/at/all', path)
    await expect(opened(path)).rejects.toThrow(/it is a link to \/nowhere\/at\/all, which does not exist/)
    expect(await readlink(path)).toBe('/nowhere/at/all')
  })

  it('a state file that cannot be used because nothing can take its place is refused with advice, and kept', async () => {
    const path = await somewhere()
    const { file } = await opened(path)
    file.save(contents(3))
    await file.close()
    const before = await readFile(path)
    const rename = vi.spyOn(replacing, 'replaceFile')
    // As the file system answers for a file that is mounted by itself.
    rename.mockRejectedValue(Object.assign(new Error('EBUSY: resource busy or locked, rename'), { code: 'EBUSY' }))
    await expect(opened(path)).rejects.toThrow(
      /can be read but not replaced: EBUSY.* mount the folder, not the single file/,
    )
    rename.mockRejectedValue(Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' }))
    expect((await opened(path)).file.contents.size).toBe(1)
    rename.mockRestore()
    expect(await readFile(path)).toEqual(before)
  })
})

describe('writing', () => {
  it('waits for nobody when it is asked to flush, and says whether the file has everything', async () => {
    const path = await somewhere()
    const { file, troubles } = await opened(path)
    expect(await file.flush()).toBe(true)
    file.save(contents(1))
    expect(await file.flush()).toBe(true)
    expect(await inFile(path)).toBe(1)
    file.save(contents(2))
    expect(await Promise.all([file.flush(), file.flush()])).toEqual([true, true])
    expect(await inFile(path)).toBe(2)
    await rm(join(path, '..'), { recursive: true })
    file.save(contents(3))
    expect(await file.flush()).toBe(false)
    expect(troubles).toHaveLength(1)
    expect(await file.close()).toBe(false)
  })

  it('waits a second for more, and then writes what is there by then', async () => {
    const path = await somewhere()
    const { file, clock, troubles } = await opened(path)
    let value = 1
    const asked: number[] = []
    const save = () =>
      file.save(() => {
        asked.push(value)
        return contents(value)()
      })
    save()
    await clock.advance(SECOND / 2)
    value = 2
    save()
    await clock.advance(SECOND / 2 - 1)
    expect(asked).toEqual([])
    await clock.advance(1)
    await eventually(() => inFile(path).catch(() => undefined), 2)
    expect(asked).toEqual([2])
    await clock.advance(60 * SECOND)
    expect(asked).toEqual([2])
    value = 3
    save()
    await clock.advance(SECOND)
    await eventually(() => inFile(path), 3)
    expect(asked).toEqual([2, 3])
    expect(troubles).toEqual([])
    await file.close()
  })

  it('is done at the end for what has not been written, and then no more', async () => {
    const path = await somewhere()
    const { file, clock } = await opened(path)
    file.save(contents(1))
    await Promise.all([file.close(), file.close()])
    expect(await inFile(path)).toBe(1)
    file.save(contents(2))
    await clock.advance(60 * SECOND)
    await file.close()
    expect(await inFile(path)).toBe(1)
  })

  it('is never done twice at the same time: what changes meanwhile is written after it', async () => {
    const path = await somewhere()
    const { file, clock } = await opened(path, { every: 0 })
    for (let value = 0; value < 50; value++) {
      file.save(contents(value))
      await clock.advance(1)
    }
    await file.close()
    expect(await inFile(path)).toBe(49)
    // Each write goes by a file of its own next to it.
    expect(await readdir(join(path, '..'))).toEqual(['state'])
  })

  it('that fails is reported and tried again, later and later, until it succeeds', async () => {
    const path = await somewhere()
    const { file, clock, troubles } = await opened(path)
    await rm(join(path, '..'), { recursive: true })
    file.save(contents(1))
    await clock.advance(SECOND)
    await eventually(() => troubles.length, 1)
    expect(troubles[0]!.message).toMatch(/^cannot write the state file .*state: ENOENT/)
    expect(troubles[0]!.cause).toBeInstanceOf(Error)
    file.save(contents(2))
    await clock.advance(2 * SECOND - 1)
    await sleep(50)
    expect(troubles).toHaveLength(1)
    await clock.advance(1)
    await eventually(() => troubles.length, 2)
    for (let failures = 3; failures < 10; failures++) {
      await clock.advance(60 * SECOND)
      await eventually(() => troubles.length, failures)
    }
    await mkdir(join(path, '..'))
    await clock.advance(60 * SECOND)
    await eventually(() => inFile(path).catch(() => undefined), 2)
    file.save(contents(3))
    await clock.advance(SECOND)
    await eventually(() => inFile(path), 3)
    expect(troubles).toHaveLength(9)
  })

  it('that fails at the end is reported, and the end comes all the same', async () => {
    const path = await somewhere()
    const { file, troubles } = await opened(path)
    await rm(join(path, '..'), { recursive: true })
    file.save(contents(1))
    expect(await file.close()).toBe(false)
    expect(troubles).toHaveLength(1)
  })

  it('over what another process has written is reported once', async () => {
    const path = await somewhere()
    const [one, other] = [await opened(path), await opened(path)]
    for (const round of [1, 2, 3]) {
      for (const { file, clock } of [one, other]) {
        file.save(contents(round))
        await clock.advance(SECOND)
        // The next write is scheduled when this one has been finished.
        const schedule = vi.spyOn(clock, 'after')
        file.save(contents(round))
        await eventually(() => schedule.mock.calls.length, 1)
        schedule.mockRestore()
        expect(await inFile(path)).toBe(round)
      }
    }
    for (const { troubles } of [one, other]) {
      expect(troubles.map(({ message }) => message)).toEqual([
        expect.stringMatching(/was changed by another process .* give each process its own state file/),
      ])
    }
    await Promise.all([one.file.close(), other.file.close()])
  })
})

interface Limits {
  /** Of the files it writes, in units of `ulimit -f`. */
  readonly limit?: number
}

describe('a process with a state file', () => {
  const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href)

  /** Writes state after state, each larger than the last, and tells of each: `value size`. */
  const writer = (path: string, size: number) => `
    process.on('SIGXFSZ', () => {})
    const { StateFile } = await import(${url('../../src/state/state-file.ts')})
    const clock = { after: (_, callback) => { const timer = setTimeout(callback); return () => clearTimeout(timer) } }
    const onError = (error) => console.log('trouble', error.cause?.code)
    let file = await StateFile.open({ path: ${JSON.stringify(path)}, clock, onError })
    for (let value = 1; value < 250; value++) {
      const bytes = new Uint8Array(${size}).fill(value)
      file.save(() => new Map([['shop', new Map([['n', bytes]])]]))
      await file.close()
      console.log('written', value)
      file = await StateFile.open({ path: ${JSON.stringify(path)}, clock, onError })
    }`

  /** Writes so many pieces of three, and is stuck then. */
  const stuckWriter = (path: string, pieces: number) => `
    import { writeSync } from 'node:fs'
    const { replaceFile } = await import(${url('../../src/state/replace-file.ts')})
    function* contents() {
      for (let piece = 0; piece < 3; piece++) {
        if (piece === ${pieces}) {
          writeSync(1, 'in the middle\\n')
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
        }
        yield Buffer.alloc(100_000, piece)
      }
    }
    await replaceFile(${JSON.stringify(path)}, contents(), 0o600)`

  /** What it says, line by line. It is killed when it has said what `until` waits for. */
  async function run(code: string, until: (line: string) => boolean, { limit }: Limits = {}): Promise<string[]> {
    const node = [process.execPath, '--import', 'tsx', '--input-type=module', '--eval', code]
    const command = limit === undefined ? node : ['bash', '-c', `ulimit -f ${limit}; exec "$@"`, 'bash', ...node]
    const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] })
    const said: string[] = []
    for await (const chunk of child.stdout.setEncoding('utf8')) {
      said.push(...(chunk as string).split('\n').filter(Boolean))
      if (said.some(until)) child.kill('SIGKILL')
    }
    return said
  }

  it.each([0, 1, 2])(
    'a process with a state file that is killed after %i of 3 pieces of a write leaves the old file whole',
    async (pieces) => {
      const path = await somewhere()
      const { file } = await opened(path)
      file.save(contents(7))
      await file.close()
      const before = await readFile(path)
      const said = await run(stuckWriter(path, pieces), (line) => line === 'in the middle')
      expect(said).toEqual(['in the middle'])
      expect(await readdir(join(path, '..'))).toHaveLength(2)
      expect(await readFile(path)).toEqual(before)
      expect(await inFile(path)).toBe(7)
    },
  )

  it.skipIf(process.platform === 'win32')(
    'a process with a state file whose disk is full keeps the old file, and says so',
    async () => {
      const path = await somewhere()
      const { file } = await opened(path)
      file.save(contents(7))
      await file.close()
      // In kilobytes: the first part of a write fits, which the system then reports as a success.
      const said = await run(writer(path, 900_000), (line) => line.startsWith('written'), { limit: 500 })
      expect(said[0]).toBe('trouble EFBIG')
      expect(await inFile(path)).toBe(7)
    },
  )
})

function serialized(value: unknown): Buffer {
  return encodeState({ services: value as StateContents, pauses: [] })[1]
}

/** A good file, unless told otherwise. */
function encoded({ flip, body }: { flip?: number; body?: Buffer } = {}): Buffer {
  const file = Buffer.concat(encodeState({ services: contents(1)(), pauses: [] }))
  if (flip !== undefined) file[flip]! ^= 1
  return body ? resigned(body) : file
}

/** With a right checksum over anything. */
function resigned(body: Buffer): Buffer {
  const header = Buffer.from(encodeState({ services: contents(1)(), pauses: [] })[0])
  header.writeUInt32BE(crc32(body), header.length - 4)
  return Buffer.concat([header, body])
}
