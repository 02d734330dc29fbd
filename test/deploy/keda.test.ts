/** The KEDA example, as far as it can be checked without a cluster. */
import { expect, it } from 'vitest'
import { parseDocument } from 'yaml'
import { problemsOf } from './check-query.js'
import { readDeploy } from './deploy-file.js'

interface Trigger {
  readonly type: string
  readonly metadata: { readonly query: string; readonly threshold: string }
}

const document = parseDocument(readDeploy('kubernetes/keda.yaml'))
const { apiVersion, kind, spec } = document.toJS()

it('the KEDA example is YAML without errors, and scales between one and more workers', () => {
  expect([...document.errors, ...document.warnings]).toEqual([])
  expect([apiVersion, kind]).toEqual(['keda.sh/v1alpha1', 'ScaledObject'])
  expect(spec.minReplicaCount).toBeGreaterThanOrEqual(1)
  expect(spec.maxReplicaCount).toBeGreaterThan(spec.minReplicaCount)
})

it('the triggers of the KEDA example ask for metrics, labels and states that there are', () => {
  const triggers: readonly Trigger[] = spec.triggers
  expect(triggers.map(({ type }) => type)).toEqual(['prometheus', 'prometheus'])
  for (const { metadata } of triggers) {
    expect(problemsOf(metadata.query)).toEqual([])
    expect(Number(metadata.threshold)).toBeGreaterThan(0)
  }
})
