/**
 * Refuses values that a payload would change in silence.
 *
 * `structuredClone` copies some classes of the platform (KeyObject, Blob, BlockList, X509Certificate, ...) and refuses others
 * (URL, AbortSignal, ...). The serializer of V8 knows them only on Node 20; later it would make `{}` of them. So the first object
 * of each class is given to `structuredClone`: the class of a user comes back as a plain object, anything else is refused.
 */
import { types } from 'node:util'

/** Prototypes of classes that are copied as plain objects. */
const copiedAsPlain = new WeakSet<object>()

/** Throws an Error that names the class of the first object that cannot be sent. Looks at every object once, without recursion. */
export function refuseUncarried(value: unknown): void {
  if (!isObject(value)) return
  const seen = new Set<object>([value])
  const waiting: object[] = [value]
  const visit = (part: unknown) => {
    if (!isObject(part) || seen.has(part)) return
    seen.add(part)
    waiting.push(part)
  }
  for (let object = waiting.pop(); object; object = waiting.pop()) {
    if (types.isProxy(object) || isBytes(object)) continue
    refuseClass(object)
    if (types.isMap(object)) {
      for (const [key, entry] of object) {
        visit(key)
        visit(entry)
      }
    } else if (types.isSet(object)) for (const entry of object) visit(entry)
    else if (types.isNativeError(object)) visit(object.cause)
    else for (const key of Object.keys(object)) visit((object as Record<string, unknown>)[key])
  }
}

/** What the serializer copies as it is, or refuses by itself. */
function isBytes(object: object): boolean {
  return ArrayBuffer.isView(object) || types.isAnyArrayBuffer(object)
}

function refuseClass(object: object): void {
  const prototype: object | null = Object.getPrototypeOf(object)
  if (prototype === null || prototype === Object.prototype || prototype === Array.prototype) return
  if (copiedAsPlain.has(prototype) || isOfTheLanguage(object)) return
  const copy: object = structuredClone(object)
  if (Object.getPrototypeOf(copy) !== Object.prototype) {
    throw new Error(`${prototype.constructor?.name || 'an object of the platform'} is not plain data`)
  }
  copiedAsPlain.add(prototype)
}

function isOfTheLanguage(object: object): boolean {
  return (
    Array.isArray(object) ||
    types.isMap(object) ||
    types.isSet(object) ||
    types.isDate(object) ||
    types.isRegExp(object) ||
    types.isNativeError(object) ||
    types.isBoxedPrimitive(object)
  )
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
