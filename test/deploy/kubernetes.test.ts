/** The Kubernetes manifest, as far as it can be checked without a cluster. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments, stringify } from 'yaml'
import { parseSettings } from '../../src/config/settings.js'
import { readDeploy } from './deploy-file.js'
import { promtool, runPromtool } from './promtool.js'
import { stopTime } from './stop-time.js'

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string }
  readonly periodSeconds: number
  readonly timeoutSeconds: number
  readonly failureThreshold: number
}

const documents = parseAllDocuments(readDeploy('kubernetes/escapement.yaml'))
const objects = new Map(documents.map((document) => [document.get('kind'), document.toJS()]))
const pod = objects.get('Deployment').spec.template
const [container] = pod.spec.containers
const config = parse(objects.get('ConfigMap').data['escapement.yaml'])
const defaults = parseSettings({})

/** `/healthz` answers after at most so many seconds (src/admin/main-thread.ts). */
const LONGEST_ANSWER = 5

describe('the Kubernetes manifest', () => {
  it('the Kubernetes manifest is YAML without errors, and each kind has its version', () => {
    expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([])
    expect([...objects].map(([kind, { apiVersion }]) => `${kind} ${apiVersion}`)).toEqual([
      'ConfigMap v1',
      'Deployment apps/v1',
      'Service v1',
      'PodDisruptionBudget policy/v1',
      'NetworkPolicy networking.k8s.io/v1',
    ])
  })

  it('every selector of the Kubernetes manifest selects its pods', () => {
    const { labels } = pod.metadata
    const selectors = [
      objects.get('Deployment').spec.selector.matchLabels,
      objects.get('Service').spec.selector,
      objects.get('PodDisruptionBudget').spec.selector.matchLabels,
      objects.get('NetworkPolicy').spec.podSelector.matchLabels,
      pod.spec.topologySpreadConstraints[0].labelSelector.matchLabels,
    ]
    for (const selector of selectors) expect(labels).toMatchObject(selector)
  })

  it('the Kubernetes manifest runs three instances, which share one store', () => {
    expect(objects.get('Deployment').spec.replicas).toBe(3)
    expect(config.escapement.coordination.url).toBe('${REDIS_URL}')
    expect(container.env.map(({ name }: { name: string }) => name)).toEqual(['REDIS_URL'])
  })

  it('the Kubernetes manifest waits longer for a stop than a stop takes', () => {
    const settings = { escapement: { ...config.escapement, coordination: 'local' } }
    expect(pod.spec.terminationGracePeriodSeconds).toBeGreaterThan(stopTime(settings))
  })

  it('the probes of the Kubernetes manifest ask what is served, and wait longer than an answer takes', () => {
    const probes: Record<string, Probe> = {
      startup: container.startupProbe,
      liveness: container.livenessProbe,
      readiness: container.readinessProbe,
    }
    expect(Object.entries(probes).map(([name, { httpGet }]) => `${name} ${httpGet.path} ${httpGet.port}`)).toEqual([
      'startup /healthz http',
      'liveness /healthz http',
      'readiness /readyz http',
    ])
    for (const { timeoutSeconds } of Object.values(probes)) expect(timeoutSeconds).toBeGreaterThan(LONGEST_ANSWER)
    const { periodSeconds, failureThreshold } = container.startupProbe
    expect(periodSeconds * failureThreshold).toBeGreaterThan(defaults.startup.deadline / 1_000_000)
  })

  it('the ports of the Kubernetes manifest are where metrics are served', () => {
    const http = { ...(defaults.http as object), ...config.escapement.http }
    expect(http.host).toBe('0.0.0.0')
    expect(container.ports).toEqual([{ name: 'http', containerPort: http.port }])
    expect(objects.get('Service').spec.ports[0].port).toBe(http.port)
    expect(objects.get('NetworkPolicy').spec.ingress[0].ports[0].port).toBe(http.port)
  })

  it('every volume that the Kubernetes manifest mounts exists, and the configuration is where the command looks', () => {
    const volumes = pod.spec.volumes.map(({ name }: { name: string }) => name)
    const mounts = container.volumeMounts as { name: string; mountPath: string }[]
    expect(mounts.map(({ name }) => name).sort()).toEqual(volumes.sort())
    expect(container.args.at(-1)).toBe(`${mounts.find(({ name }) => name === 'config')!.mountPath}/escapement.yaml`)
  })

  it('the container of the Kubernetes manifest may do little', () => {
    expect(pod.spec.securityContext).toMatchObject({ runAsNonRoot: true })
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
  })
})

describe.skipIf(!promtool)('the configuration of Prometheus for Kubernetes', () => {
  it('promtool accepts the configuration of Prometheus for Kubernetes, but for the discovery that Debian leaves out', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'escapement-scrape-'))
    try {
      const { scrape_configs } = parse(readDeploy('kubernetes/prometheus.yaml'))
      const [{ kubernetes_sd_configs, ...job }] = scrape_configs
      expect(kubernetes_sd_configs).toEqual([{ role: 'pod' }])
      expect(job.job_name).toBe('escapement')
      const file = join(folder, 'prometheus.yaml')
      await writeFile(file, stringify({ scrape_configs: [{ ...job, static_configs: [{ targets: ['pod:9464'] }] }] }))
      expect(await runPromtool('check', 'config', file)).toMatchObject({ code: 0 })
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
