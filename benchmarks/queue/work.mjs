/** The work of a run that needs the processor. */
import { createHash } from 'node:crypto'

const MEGABYTE = Buffer.alloc(1_000_000, 'escapement')

/** Computes the hash of so many megabytes. 0: does nothing. */
export function hash(megabytes) {
  for (let count = 0; count < megabytes; count++) createHash('sha256').update(MEGABYTE).digest()
}
