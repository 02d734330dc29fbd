import { chown, lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { replaceFile } from '../../src/state/replace-file.js'

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'escapement-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

const pieces = (...texts: string[]) => texts.map((text) => Buffer.from(text))

it('replaceFile writes all pieces in order and leaves nothing else in the folder', async () => {
  const root = await folder()
  const path = join(root, 'file')
  await replaceFile(path, pieces('one ', 'two'), 0o600)
  await replaceFile(path, pieces('three ', 'four'), 0o600)
  expect(await readFile(path, 'utf8')).toBe('three four')
  expect(await readdir(root)).toEqual(['file'])
})

it('replaceFile gives the file the mode it was told, whatever the old file had', async () => {
  const path = join(await folder(), 'file')
  await writeFile(path, 'old', { mode: 0o644 })
  await replaceFile(path, pieces('new'), 0o600)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
})

it('replaceFile keeps the old file and removes the new one when a piece cannot be made', async () => {
  const root = await folder()
  const path = join(root, 'file')
  await writeFile(path, 'old')
  const broken = function* () {
    yield Buffer.from('new')
    throw new Error('out of pieces')
  }
  await expect(replaceFile(path, broken(), 0o600)).rejects.toThrow('out of pieces')
  expect(await readFile(path, 'utf8')).toBe('old')
  expect(await readdir(root)).toEqual(['file'])
})

it('replaceFile writes through a symbolic link and leaves the link in place', async () => {
  const root = await folder()
  await writeFile(join(root, 'file'), 'old')
  await symlink('file', join(root, 'link'))
  await replaceFile(join(root, 'link'), pieces('new'), 0o600)
  expect((await lstat(join(root, 'link'))).isSymbolicLink()).toBe(true)
  expect(await readFile(join(root, 'file'), 'utf8')).toBe('new')
})

it.runIf(process.getuid?.() === 0)('replaceFile keeps the owner of the old file when root writes it', async () => {
  const path = join(await folder(), 'file')
  await writeFile(path, 'old')
  await chown(path, 12_345, 12_346)
  await replaceFile(path, pieces('new'), 0o600)
  expect(await stat(path)).toMatchObject({ uid: 12_345, gid: 12_346 })
})
