/**
 * Generator functions where a method is expected. Calling one runs nothing of its body: it only makes an iterator, which nobody
 * reads, and the run would count as completed.
 */

/** `a generator`, `an async generator`; undefined for every other function, and for what is none. */
export function generatorKind(value: unknown): 'a generator' | 'an async generator' | undefined {
  if (typeof value !== 'function') return undefined
  const tag = Object.prototype.toString.call(value)
  if (tag === '[object GeneratorFunction]') return 'a generator'
  return tag === '[object AsyncGeneratorFunction]' ? 'an async generator' : undefined
}

export function generatorProblem(what: string, kind: string): string {
  return `${what} is ${kind}: calling it makes an iterator and runs nothing of its body; remove the * and loop inside, or iterate in another method`
}

/** The method of a class as it stands on its prototypes, without calling getters. */
export function methodOf(source: unknown, name: string): unknown {
  let object: object | null = (source as { prototype?: object }).prototype ?? null
  for (; object; object = Object.getPrototypeOf(object)) {
    const descriptor = Object.getOwnPropertyDescriptor(object, name)
    if (descriptor) return descriptor.value
  }
  return undefined
}
