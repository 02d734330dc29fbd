/**
 * The file format of the state of services, and of pauses.
 *
 *     escapement state 1\n   file type and format version
 *     4 bytes                CRC-32 of what follows, big endian
 *     the rest               v8.serialize of { services: Map<service, Map<key, bytes>>, pauses?: SavedPause[] }
 *
 * A version of Escapement that knows no pauses reads such a file, and leaves the pauses out when it writes it.
 */
import { types } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import { crc32 } from 'node:zlib'
import { readPauses, type SavedPause } from './saved-pause.js'
import type { StateContents } from './state-store.js'

const MAGIC = 'escapement state '
const HEADER = Buffer.from(`${MAGIC}1\n`)
const CHECKSUM_BYTES = 4

export interface FileContents {
  readonly services: StateContents
  readonly pauses: readonly SavedPause[]
}

/** The pieces of the file, in order. */
export function encodeState({ services, pauses }: FileContents): readonly [header: Buffer, body: Buffer] {
  const body = serialize({ services, ...(pauses.length > 0 && { pauses }) })
  const header = Buffer.alloc(HEADER.length + CHECKSUM_BYTES)
  HEADER.copy(header)
  header.writeUInt32BE(crc32(body), HEADER.length)
  return [header, body]
}

/** Returns the contents of a file, or a clause that says why the file cannot be read. */
export function decodeState(file: Buffer): FileContents | string {
  if (!file.subarray(0, HEADER.length).equals(HEADER)) {
    const isOurs = file.subarray(0, MAGIC.length).toString('latin1') === MAGIC
    return isOurs ? 'it was written by another version of escapement' : 'it is not a state file of escapement'
  }
  const body = file.subarray(HEADER.length + CHECKSUM_BYTES)
  if (body.length === 0 || crc32(body) !== file.readUInt32BE(HEADER.length)) {
    return 'its checksum is wrong: it was truncated or changed'
  }
  try {
    const { services, pauses } = deserialize(body)
    if (!types.isMap(services)) return 'its contents are not the state of services'
    const readable = readPauses(pauses)
    if (!readable) return 'its pauses cannot be read (written by a newer version of escapement?)'
    return { services: ownBytes(services as unknown as StateContents), pauses: readable }
  } catch (error) {
    return `its contents cannot be read: ${error instanceof Error ? error.message : error} (written by a newer version of Node?)`
  }
}

/** `deserialize` returns views of the whole file. Each value gets its own memory, so that it can be sent alone to a thread. */
function ownBytes(services: StateContents): StateContents {
  return new Map(
    Array.from(services, ([service, values]) => [
      service,
      new Map(Array.from(values, ([key, value]) => [key, new Uint8Array(value)])),
    ]),
  )
}
