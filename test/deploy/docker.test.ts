/** The Dockerfile and the compose file, as far as they can be checked without a Docker engine. */
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { parseSettings, splitConfig } from '../../src/config/settings.js'
import { deployPath, readDeploy } from './deploy-file.js'
import { argumentsOf, dockerfile } from './dockerfile.js'
import { stopTime } from './stop-time.js'

const instructions = dockerfile()
const config = parse(readDeploy('docker/escapement.yaml'))
const compose = parse(readDeploy('docker/compose.yaml'))
const { port } = splitConfig(config).settings.http as { readonly port: number }

const namesOf = (lastStage: boolean) => {
  const last = instructions.findLastIndex(({ name }) => name === 'FROM')
  return (lastStage ? instructions.slice(last) : instructions.slice(0, last)).map(({ name }) => name)
}

describe('the Dockerfile', () => {
  it('the Dockerfile builds in one stage and runs in another, as a user that is not root', () => {
    expect(instructions.filter(({ name }) => name === 'FROM')).toHaveLength(2)
    expect(namesOf(false)).toContain('RUN')
    expect(namesOf(true).indexOf('USER')).toBeGreaterThan(namesOf(true).indexOf('RUN'))
    expect(instructions.find(({ name }) => name === 'USER')!.rest).toBe('node')
  })

  it('both stages of the Dockerfile have one version of Node, which escapement supports', () => {
    const images = instructions.filter(({ name }) => name === 'FROM').map(({ rest }) => rest.split(' ')[0]!)
    expect(new Set(images).size).toBe(1)
    expect(Number(/^node:(\d+)-/.exec(images[0]!)![1])).toBeGreaterThanOrEqual(20)
  })

  it('the Dockerfile exposes and asks the port on which the configuration serves', () => {
    expect(instructions.find(({ name }) => name === 'EXPOSE')!.rest).toBe(String(port))
    expect(argumentsOf('HEALTHCHECK').join(' ')).toContain(`http://127.0.0.1:${port}/healthz`)
    expect(config.escapement.http.host).toBe('0.0.0.0')
  })

  it('what the Dockerfile copies and runs exists', () => {
    for (const file of ['package.json', ...argumentsOf('CMD').filter((argument) => /\.\w+$/.test(argument))]) {
      expect(existsSync(deployPath(`docker/${file}`)), file).toBe(true)
    }
  })
})

describe('the compose file', () => {
  it('the compose file waits longer for a stop than a stop takes', () => {
    const seconds = Number(/^(\d+)s$/.exec(compose.services.escapement.stop_grace_period)![1])
    expect(seconds).toBeGreaterThan(stopTime(config))
  })

  it('every file and volume that the compose file mounts exists, and every image has a version', () => {
    for (const { image, volumes = [] } of Object.values<{ image?: string; volumes?: string[] }>(compose.services)) {
      if (image !== undefined) expect(image).toMatch(/:v?\d+\.\d+\.\d+$/)
      for (const volume of volumes) {
        const source = volume.split(':')[0]!
        if (source.startsWith('.')) expect(existsSync(deployPath(`docker/${source}`)), source).toBe(true)
        else expect(Object.keys(compose.volumes)).toContain(source)
      }
    }
  })

  it('Prometheus and Grafana of the compose file ask the names that it gives', () => {
    const [job] = parse(readDeploy('prometheus/prometheus.yaml')).scrape_configs
    const [target] = job.static_configs[0].targets
    expect(Object.keys(compose.services)).toContain(target.split(':')[0])
    expect(target.split(':')[1]).toBe(String(port))
    const [source] = parse(readDeploy('docker/grafana/datasource.yaml')).datasources
    expect(Object.keys(compose.services)).toContain(new URL(source.url).hostname)
    expect(new URL(source.url).port).toBe(compose.services.prometheus.ports[0].split(':').at(-1))
    const [provider] = parse(readDeploy('docker/grafana/dashboards.yaml')).providers
    expect(compose.services.grafana.volumes).toContain(`../grafana:${provider.options.path}:ro`)
  })

  it('the compose file publishes ports on this machine only', () => {
    const ports = Object.values<{ ports?: string[] }>(compose.services).flatMap(({ ports = [] }) => ports)
    expect(ports.filter((published) => !published.startsWith('127.0.0.1:'))).toEqual([])
    expect(ports).toContain(`127.0.0.1:${port}:${port}`)
  })

  it('the configuration of the image leaves every other setting at its default', () => {
    const { http, ...rest } = splitConfig(config).settings
    const { http: _, ...defaults } = parseSettings({})
    expect(rest).toEqual(defaults)
  })
})
