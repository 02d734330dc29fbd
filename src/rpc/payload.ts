/**
 * Arguments and results of calls on their way between threads.
 *
 * The thread that sends a value serialises it, and the thread that receives it deserialises it. The main thread, which drives
 * the schedule, passes the bytes on without reading or copying them: the buffer is transferred twice. Scalars need no buffer;
 * they are as small as the reference to one, and a transfer costs more than they do.
 *
 * What comes out is what `structuredClone` makes of the value, because both use the serializer of V8. See `uncarried.ts` for the
 * values that `structuredClone` takes and a payload does not.
 */
import { Deserializer, Serializer } from 'node:v8'
import type { Payload, Scalar } from '../kernel/rpc.js'
import { refuseUncarried } from './uncarried.js'

const LONGEST_SCALAR_TEXT = 1_024
const MOST_SCALARS = 8

/** Throws an Error that says which part of the value cannot be sent. */
export function packValue(value: unknown): Payload {
  return isScalar(value) ? value : serialized(value)
}

/** The same for a list of arguments. */
export function packArguments(args: readonly unknown[]): Payload {
  return args.length <= MOST_SCALARS && args.every(isScalar) ? [...args] : serialized(args)
}

/** The value that a payload stands for. A payload is unpacked once. */
export function unpack(payload: Payload): unknown {
  if (!(payload instanceof ArrayBuffer)) return payload
  const deserializer = new Deserializer(new Uint8Array(payload))
  deserializer.readHeader()
  return deserializer.readValue()
}

function isScalar(value: unknown): value is Scalar {
  if (typeof value === 'string') return value.length <= LONGEST_SCALAR_TEXT
  return value === undefined || value === null || typeof value === 'number' || typeof value === 'boolean'
}

function serialized(value: unknown): ArrayBuffer {
  refuseUncarried(value)
  const serializer = new Serializer()
  serializer.writeHeader()
  serializer.writeValue(value)
  const { buffer, byteOffset, byteLength } = serializer.releaseBuffer()
  // A buffer that is shared with other data, such as Node's pool, must not be transferred.
  const isWhole = byteOffset === 0 && byteLength === buffer.byteLength
  return (isWhole ? buffer : buffer.slice(byteOffset, byteOffset + byteLength)) as ArrayBuffer
}
