/** Checks at the start that a state file can be read and replaced, so that nothing is lost at the end. */
import { constants } from 'node:fs'
import { access, lstat, readFile, readlink, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ConfigError } from '../kernel/errors.js'
import { replaceFile } from './replace-file.js'

/** The contents; undefined when there is no file yet, in a folder that can take one. @throws ConfigError */
export async function readUsable(path: string): Promise<Buffer | undefined> {
  const kind = await stat(path).catch((error) => error as NodeJS.ErrnoException)
  if (kind instanceof Error) {
    if (kind.code !== 'ENOENT') throw unusable(path, 'cannot be read', kind)
    await refuseDanglingLink(path)
    await requireWritableFolder(path)
    return undefined
  }
  // Reading a FIFO would wait for a writer for ever.
  if (!kind.isFile()) throw unusable(path, 'cannot be used', new Error(`it is ${nameOfKind(kind)}, not a file`))
  return readFile(path).catch((error) => {
    throw unusable(path, 'cannot be read', error)
  })
}

/**
 * Replaces the file by a copy of itself. No question to the file system answers whether that works: permissions of the folder, a
 * read-only file system and a file that is mounted by itself all count. A full disk may have room later, so it is no reason to
 * refuse the start.
 */
export async function proveReplaceable(path: string, contents: Uint8Array, mode: number): Promise<void> {
  try {
    await replaceFile(path, [contents], mode)
  } catch (error) {
    if (PASSING.has((error as NodeJS.ErrnoException).code ?? '')) return
    throw unusable(path, 'can be read but not replaced', error)
  }
}

const PASSING = new Set(['ENOSPC', 'EDQUOT'])

async function refuseDanglingLink(path: string): Promise<void> {
  const link = await lstat(path).catch(() => undefined)
  if (!link?.isSymbolicLink()) return
  const target = await readlink(path)
  throw unusable(path, 'cannot be used', new Error(`it is a link to ${target}, which does not exist`))
}

async function requireWritableFolder(path: string): Promise<void> {
  try {
    await access(dirname(path), constants.W_OK | constants.X_OK)
  } catch (error) {
    throw unusable(path, 'cannot be written', error)
  }
}

function nameOfKind(kind: Awaited<ReturnType<typeof stat>>): string {
  if (kind.isDirectory()) return 'a folder'
  if (kind.isFIFO()) return 'a FIFO'
  if (kind.isSocket()) return 'a socket'
  return 'a device'
}

function unusable(path: string, problem: string, error: unknown): ConfigError {
  const reason = error instanceof Error ? error.message : String(error)
  const advice =
    'A write puts a new file in its place, so its folder must exist, be writable for the user that runs the supervisor, and not be read-only; in a container mount the folder, not the single file. Or name another file in escapement.state.file'
  return new ConfigError('ERR_STATE_FILE', `the state file ${path} ${problem}: ${reason}. ${advice}`, { cause: error })
}
