import { describe, expect, it } from 'vitest'
import { jsonSchemas } from '../../../src/admin/api/json-schemas.js'
import * as schemas from '../../../src/admin/api/schemas.js'
import type { HttpServer } from '../../../src/admin/server.js'
import { serve } from './serve.js'

interface Document {
  readonly paths: object
  readonly components: { readonly schemas: Readonly<Record<string, Readonly<Record<string, unknown>>>> }
}

async function documentOf({ address }: HttpServer): Promise<Document> {
  return (await fetch(`${address.url}/openapi.json`)).json() as Promise<Document>
}

/** Every value of a key anywhere inside of a value. */
function* valuesOf(key: string, value: unknown): Generator<unknown> {
  if (typeof value !== 'object' || value === null) return
  for (const [name, inner] of Object.entries(value)) {
    if (name === key) yield inner
    yield* valuesOf(key, inner)
  }
}

describe('/openapi.json', () => {
  it('/openapi.json has the schemas of all answers under their names, and refers to nothing that it has not', async () => {
    const document = await documentOf(await serve())
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Escapement' } })
    expect(Object.keys(document.paths)).toEqual(expect.arrayContaining(['/healthz', '/readyz', '/metrics']))
    const named = Object.keys(document.components.schemas)
    expect(named).toEqual(expect.arrayContaining(['Status', 'Entrypoints', 'Why', 'ApiError']))
    expect(named).toHaveLength(Object.keys(schemas).filter((name) => /^[A-Z][a-z]/.test(name)).length)
    const references = [...valuesOf('$ref', document)]
    expect(references.length).toBeGreaterThan(10)
    for (const reference of references) expect(named.map((name) => `#/components/schemas/${name}`)).toContain(reference)
  })

  it('/openapi.json writes tuples as its version of JSON Schema does', async () => {
    const document = await documentOf(await serve())
    expect(document.components.schemas.Cell).toMatchObject({ type: 'array', items: false, minItems: 5 })
    expect(document.components.schemas.Cell!.prefixItems).toHaveLength(5)
    expect([...valuesOf('items', document)].filter(Array.isArray)).toEqual([])
    expect(jsonSchemas().find(({ $id }) => $id === 'Cell')?.items).toHaveLength(5)
  })
})
