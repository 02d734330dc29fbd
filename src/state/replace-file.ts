/** Replaces a file in one step: whoever reads it, also after a crash, finds the old contents or the new ones, whole. */
import { chown, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'

let writes = 0

/**
 * The new contents go to a file beside it, on to the disk, and take the old file's place by a rename. A link stays a link, and
 * the file keeps its owner. Rejects with the error of the file system, and leaves the old file as it was.
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

/** Root may have started the supervisor once by hand: the file stays readable for the user that it belongs to. */
async function keepOwner(target: string, next: string): Promise<void> {
  const [before, after] = await Promise.all([stat(target).catch(() => undefined), stat(next)])
  if (!before || (before.uid === after.uid && before.gid === after.gid)) return
  await chown(next, before.uid, before.gid).catch((error: NodeJS.ErrnoException) => {
    // Only root may give files away; for everybody else the file changes its owner, as with any other editor.
    if (error.code !== 'EPERM') throw error
  })
}
