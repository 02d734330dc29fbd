/** What the key-value of every store keeps to, whatever it is made of. */
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type KeyValueStore,
  NO_VERSION,
  type StoredValue,
  type WriteCondition,
} from '../../../src/coordinate/key-value/key-value.js'
import { openForTest, patient } from '../store-contract.js'

/** Texts that patterns of SQL, Redis and etcd would read as something else. */
const ODD_NAMES = ['%', '_', '*', '[a-z]', '\\', "'", '"', '{x}', ' ', 'ümläut', '日本', '$1', '😀', 'a/b/c']

/** A space that no other test uses. */
export const newSpace = () => randomUUID().slice(0, 30)

export function keyValueContract({ url }: { readonly url: () => string }): void {
  const open = async (options?: { namespace?: string }) => (await openForTest(url(), options)).values
  const put = (values: KeyValueStore, key: string, value: string, condition: WriteCondition = {}) =>
    values.put(key, value, condition, patient)
  const version = async (values: KeyValueStore, key: string) => (await values.get(key, patient))!.version
  const valuesOf = (found: readonly StoredValue[]) => found.map(({ key, value }) => [key, value])

  describe('a record', () => {
    it('a record that was never written is absent', async () => {
      const [values, space] = [await open(), newSpace()]
      expect(await values.get(`${space}/a`, patient)).toBeUndefined()
      expect(await values.list(`${space}/`, patient)).toEqual([])
    })

    it('a record that one instance writes is what another instance reads, until it is deleted', async () => {
      const [one, other, key] = [await open(), await open(), `${newSpace()}/a`]
      const first = await put(one, key, 'first')
      expect(await other.get(key, patient)).toEqual({
        key,
        value: 'first',
        version: 'version' in first && first.version,
        fence: 0n,
      })
      await put(other, key, 'second')
      expect((await one.get(key, patient))!.value).toBe('second')
      expect(await other.delete(key, {}, patient)).toEqual({ kind: 'deleted' })
      expect(await one.get(key, patient)).toBeUndefined()
    })

    it('a record is not seen in another namespace', async () => {
      const [one, other] = [await open(), await open({ namespace: 'contract-other' })]
      const key = `${newSpace()}/a`
      await put(one, key, 'mine')
      expect(await other.get(key, patient)).toBeUndefined()
      expect(await put(other, key, 'theirs', { ifVersion: NO_VERSION })).toMatchObject({ kind: 'stored' })
      expect((await one.get(key, patient))!.value).toBe('mine')
    })

    it('a record never has the same version twice, also not after it was deleted', async () => {
      const [values, key] = [await open(), `${newSpace()}/a`]
      const seen = new Set<string>([NO_VERSION])
      for (let round = 1; round <= 30; round++) {
        await put(values, key, 'same')
        seen.add(await version(values, key))
        expect(seen.size).toBe(round + 1)
        if (round % 3 === 0) await values.delete(key, {}, patient)
      }
    })

    it.each([
      ['empty', ''],
      ['of several lines with quotes', `{"a":"b'c"}\n\r\t%s $1 \\ {}`],
      ['of every plane', 'ümläut 日本 😀'],
      ['of 4096 bytes', 'ü'.repeat(2_048)],
    ])('a record may have a value that is %s', async (_, value) => {
      const [values, key] = [await open(), `${newSpace()}/a`]
      await put(values, key, value)
      expect((await values.get(key, patient))!.value).toBe(value)
    })

    it.each(ODD_NAMES)('a record may have the name %s, which is no pattern', async (name) => {
      const [values, space] = [await open(), newSpace()]
      await put(values, `${space}/plain`, 'plain')
      await put(values, `${space}/${name}`, 'odd')
      expect((await values.get(`${space}/${name}`, patient))!.value).toBe('odd')
      expect(valuesOf(await values.list(`${space}/${name}`, patient))).toEqual([[`${space}/${name}`, 'odd']])
      expect(await values.delete(`${space}/${name}`, {}, patient)).toEqual({ kind: 'deleted' })
      expect(valuesOf(await values.list(`${space}/`, patient))).toEqual([[`${space}/plain`, 'plain']])
    })
  })

  describe('a list', () => {
    it('a list has the records under its prefix and no others, sorted by key', async () => {
      const [values, space] = [await open(), newSpace()]
      for (const key of [`${space}/b`, `${space}/a.2`, `${space}/a.1`, `${space}2/a.3`]) await put(values, key, key)
      const keys = async (prefix: string) => (await values.list(prefix, patient)).map(({ key }) => key)
      expect(await keys(`${space}/`)).toEqual([`${space}/a.1`, `${space}/a.2`, `${space}/b`])
      expect(await keys(`${space}/a.`)).toEqual([`${space}/a.1`, `${space}/a.2`])
      expect(await keys(`${space}/c`)).toEqual([])
    })

    it('a list has whole records', async () => {
      const [values, key] = [await open(), `${newSpace()}/a`]
      await put(values, key, 'value', { fence: 7n })
      expect(await values.list(key, patient)).toEqual([await values.get(key, patient)])
    })

    it('a list may have a thousand records', async () => {
      const [values, space] = [await open(), newSpace()]
      const keys = Array.from({ length: 1_000 }, (_, index) => `${space}/${String(index).padStart(4, '0')}`)
      for (let at = 0; at < keys.length; at += 50) {
        await Promise.all(keys.slice(at, at + 50).map((key) => put(values, key, 'x')))
      }
      expect((await values.list(`${space}/`, patient)).map(({ key }) => key)).toEqual(keys)
    })
  })

  describe('a condition', () => {
    it('a record is created by one of those who want it absent, and the others are told what is there', async () => {
      const key = `${newSpace()}/a`
      const stores = await Promise.all(Array.from({ length: 4 }, () => open()))
      const answers = await Promise.all(
        stores.map((values, at) => put(values, key, `of ${at}`, { ifVersion: NO_VERSION })),
      )
      const found = await stores[0]!.get(key, patient)
      expect(answers.filter(({ kind }) => kind === 'stored')).toEqual([{ kind: 'stored', version: found!.version }])
      expect(answers.filter(({ kind }) => kind !== 'stored')).toEqual(Array(3).fill({ kind: 'changed', found }))
    })

    it('a record is not written or deleted under a version that it no longer has', async () => {
      const [values, key] = [await open(), `${newSpace()}/a`]
      await put(values, key, 'first')
      const stale = await version(values, key)
      await put(values, key, 'second', { ifVersion: stale })
      const found = (await values.get(key, patient))!
      expect(found.value).toBe('second')
      expect(await put(values, key, 'third', { ifVersion: stale })).toEqual({ kind: 'changed', found })
      expect(await values.delete(key, { ifVersion: stale }, patient)).toEqual({ kind: 'changed', found })
      expect(await values.delete(key, { ifVersion: NO_VERSION }, patient)).toEqual({ kind: 'changed', found })
      expect(await values.get(key, patient)).toEqual(found)
      expect(await values.delete(key, { ifVersion: found.version }, patient)).toEqual({ kind: 'deleted' })
    })

    it('a record that is absent has no version to be written or deleted under', async () => {
      const [values, key] = [await open(), `${newSpace()}/a`]
      await put(values, key, 'first')
      const stale = await version(values, key)
      await values.delete(key, {}, patient)
      const refused = { kind: 'changed', found: undefined }
      expect(await put(values, key, 'again', { ifVersion: stale })).toEqual(refused)
      expect(await values.delete(key, { ifVersion: stale }, patient)).toEqual(refused)
      expect(await values.delete(key, {}, patient)).toEqual({ kind: 'deleted' })
      expect(await values.delete(key, { ifVersion: NO_VERSION }, patient)).toEqual({ kind: 'deleted' })
    })

    it('no increment is lost when several instances count in one record, and the record never goes back', async () => {
      const key = `${newSpace()}/mark`
      const count = async () => {
        const values = await open()
        for (let added = 0; added < 10; ) {
          const found = await values.get(key, patient)
          const next = String(Number(found?.value ?? 0) + 1)
          const answer = await put(values, key, next, { ifVersion: found?.version ?? NO_VERSION })
          if (answer.kind === 'stored') added += 1
          else expect(answer.kind === 'changed' && Number(answer.found!.value)).toBeGreaterThanOrEqual(Number(next))
        }
      }
      await Promise.all([count(), count(), count()])
      expect((await (await open()).get(key, patient))!.value).toBe('30')
    })
  })

  describe('a fence', () => {
    it('a write under a lower epoch than that of the record is refused, under the same or a higher one it is not', async () => {
      const [values, key] = [await open(), `${newSpace()}/a`]
      await put(values, key, 'by 5', { fence: 5n })
      expect(await put(values, key, 'by 5 again', { fence: 5n })).toMatchObject({ kind: 'stored' })
      expect(await put(values, key, 'by 7', { fence: 7n })).toMatchObject({ kind: 'stored' })
      const found = await values.get(key, patient)
      expect(found).toMatchObject({ value: 'by 7', fence: 7n })
      expect(await put(values, key, 'by 6', { fence: 6n })).toEqual({ kind: 'fenced', found })
      expect(await values.delete(key, { fence: 6n }, patient)).toEqual({ kind: 'fenced', found })
      expect(await values.get(key, patient)).toEqual(found)
      expect(await values.delete(key, { fence: 7n }, patient)).toEqual({ kind: 'deleted' })
    })

    it('a write without an epoch keeps that of the record', async () => {
      const [values, key] = [await open(), `${newSpace()}/a`]
      await put(values, key, 'by 7', { fence: 7n })
      await put(values, key, 'by hand')
      expect(await values.get(key, patient)).toMatchObject({ value: 'by hand', fence: 7n })
      await put(values, key, 'by hand', { ifVersion: await version(values, key) })
      expect(await put(values, key, 'by 6', { fence: 6n })).toMatchObject({ kind: 'fenced' })
    })

    it('a writer that is fenced off is told so even when its version is old, too', async () => {
      const [values, key] = [await open(), `${newSpace()}/a`]
      await put(values, key, 'by 5', { fence: 5n })
      const stale = await version(values, key)
      await put(values, key, 'by 7', { fence: 7n })
      expect(await put(values, key, 'late', { fence: 5n, ifVersion: stale })).toMatchObject({ kind: 'fenced' })
      expect(await put(values, key, 'late', { fence: 7n, ifVersion: stale })).toMatchObject({ kind: 'changed' })
    })

    it('epochs above 2^53 are compared exactly, up to 2^63 - 1', async () => {
      const [values, key] = [await open(), `${newSpace()}/a`]
      const highest = 2n ** 63n - 1n
      await put(values, key, 'first', { fence: highest - 1n })
      expect(await put(values, key, 'lower', { fence: highest - 2n })).toMatchObject({ kind: 'fenced' })
      expect(await put(values, key, 'short', { fence: 9n })).toMatchObject({ kind: 'fenced' })
      expect(await put(values, key, 'second', { fence: highest })).toMatchObject({ kind: 'stored' })
      expect((await values.get(key, patient))!.fence).toBe(highest)
    })

    it('a record that was deleted has no epoch any more', async () => {
      const [values, key] = [await open(), `${newSpace()}/a`]
      await put(values, key, 'by 7', { fence: 7n })
      await values.delete(key, {}, patient)
      expect(await put(values, key, 'by 6', { fence: 6n })).toMatchObject({ kind: 'stored' })
    })
  })

  describe('what is refused before it is sent', () => {
    it.each([
      ['no space', 'a'],
      ['an empty space', '/a'],
      ['no name', 'space/'],
      ['a space with other characters', 'spa ce/a'],
      ['a space of 33 characters', `${'s'.repeat(33)}/a`],
      ['513 bytes', `space/${'ü'.repeat(253)}a`],
      ['a control character', 'space/a\nb'],
      ['half of a surrogate pair', 'space/\ud800'],
    ])('a key with %s is refused', async (_, key) => {
      const values = await open()
      await expect(put(values, key, 'x')).rejects.toThrow(RangeError)
      await expect(values.get(key, patient)).rejects.toThrow(RangeError)
      await expect(values.delete(key, {}, patient)).rejects.toThrow(RangeError)
      if (key !== 'space/') await expect(values.list(key, patient)).rejects.toThrow(RangeError)
    })

    it('a key of 512 bytes is accepted', async () => {
      const [values, space] = [await open(), `${newSpace()}x`]
      const key = `${space}/${'ü'.repeat(240)}`
      expect(Buffer.byteLength(key)).toBe(512)
      expect(await put(values, key, 'x')).toMatchObject({ kind: 'stored' })
    })

    it.each([
      ['of 4097 bytes', `${'ü'.repeat(2_048)}a`],
      ['with the character U+0000', 'a\0b'],
      ['with half of a surrogate pair', '\udc00'],
    ])('a value %s is refused', async (_, value) => {
      await expect(put(await open(), 'space/a', value)).rejects.toThrow(RangeError)
    })

    it.each([0n, -1n, 2n ** 63n])('the fence %s is refused', async (fence) => {
      const values = await open()
      await expect(put(values, 'space/a', 'x', { fence })).rejects.toThrow(RangeError)
      await expect(values.delete('space/a', { fence }, patient)).rejects.toThrow(RangeError)
    })

    it.each(['', 'x', '-1', String(2n ** 63n)])('the version "%s" is refused', async (ifVersion) => {
      await expect(put(await open(), 'space/a', 'x', { ifVersion })).rejects.toThrow(RangeError)
    })

    it('nothing is written for a caller that has given up before', async () => {
      const [values, key] = [await open(), `${newSpace()}/a`]
      const gone = AbortSignal.abort(new Error('given up'))
      await expect(values.put(key, 'x', {}, gone)).rejects.toThrow('given up')
      await expect(values.get(key, gone)).rejects.toThrow('given up')
      await expect(values.list(key, gone)).rejects.toThrow('given up')
      await expect(values.delete(key, {}, gone)).rejects.toThrow('given up')
    })
  })

  it('any sequence of writes leaves what a model of the key-value holds', async () => {
    const values = await open()
    const condition = fc.record({
      version: fc.constantFrom('any', 'current', 'stale', 'absent'),
      fence: fc.constantFrom(undefined, 1n, 2n, 3n),
    })
    const step = fc.record({
      does: fc.constantFrom('put', 'put', 'delete'),
      name: fc.constantFrom('a', 'b'),
      value: fc.string({ unit: 'binary', maxLength: 8 }).filter((text) => !text.includes('\0')),
      condition,
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const space = newSpace()
        const model = new Map<string, { value: string; fence: bigint }>()
        const current = new Map<string, string>()
        const stale = new Map<string, string>()
        for (const { does, name, value, condition } of steps) {
          const key = `${space}/${name}`
          const ifVersion = {
            any: undefined,
            current: current.get(key) ?? NO_VERSION,
            stale: stale.get(key) ?? '1',
            absent: NO_VERSION,
          }[condition.version as 'any']
          const given = {
            ...(ifVersion !== undefined && { ifVersion }),
            ...(condition.fence !== undefined && { fence: condition.fence }),
          }
          const answer =
            does === 'put' ? await put(values, key, value, given) : await values.delete(key, given, patient)
          const before = model.get(key)
          const isFenced = before !== undefined && condition.fence !== undefined && before.fence > condition.fence
          const isChanged = ifVersion !== undefined && ifVersion !== (current.get(key) ?? NO_VERSION)
          expect(answer.kind).toBe(isFenced ? 'fenced' : isChanged ? 'changed' : does === 'put' ? 'stored' : 'deleted')
          if (isFenced || isChanged) continue
          if (current.has(key)) stale.set(key, current.get(key)!)
          if (answer.kind === 'stored') {
            const fence = [before?.fence ?? 0n, condition.fence ?? 0n].reduce((one, two) => (one > two ? one : two))
            model.set(key, { value, fence })
            current.set(key, answer.version)
          } else {
            model.delete(key)
            current.delete(key)
          }
        }
        const left = [...model].map(([key, record]) => ({ key, ...record, version: current.get(key) }))
        expect(await values.list(`${space}/`, patient)).toEqual(left.sort((a, b) => (a.key < b.key ? -1 : 1)))
      }),
      { numRuns: 25 },
    )
  })
}
