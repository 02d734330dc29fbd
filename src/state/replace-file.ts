/** Replaces a file in one step: readers find either the old or the new contents, complete, even after a crash. */
import { chown, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'

let writes = 0

/**
 * Writes the new contents to a temporary file in the same folder, flushes it to disk and renames it to `path`. A symbolic
 * link stays a link, and the file keeps its owner. When it rejects with a file system error, the old file is unchanged.
 */
export async function replaceFile(path: string, pieces: Iterable<Uint8Array>, mode: number): Promise<void> {
  const target = await realpath(path).catch(() => path)
  const next = `${target}.${process.pid}.${++writes}.tmp`
  try {
    await writeFile(next, pieces, { mode, flush: true })
    await keepOwner(target, next)
    await rename(next, target)
  } catch (error) {
    await rm(next, { force: true }).catch(() => {})
    throw error
  }
}

/** Keeps the file readable for its owner, even if root has once started the supervisor by hand. */
async function keepOwner(target: string, next: string): Promise<void> {
  const [before, after] = await Promise.all([stat(target).catch(() => undefined), stat(next)])
  if (!before || (before.uid === after.uid && before.gid === after.gid)) return
  await chown(next, before.uid, before.gid).catch((error: NodeJS.ErrnoException) => {
    // Only root may change the owner. For other users the new file belongs to the process's user.
    if (error.code !== 'EPERM') throw error
  })
}
