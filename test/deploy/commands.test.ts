/** The commands inside of the deployment files run: real processes in a project like the one that they expect. */
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { Cli } from '../support/cli.js'
import { deployPath, readDeploy } from './deploy-file.js'
import { argumentsOf } from './dockerfile.js'
import { unitSettings } from './unit-file.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The files of deploy/docker, with escapement installed as npm would. */
async function project(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'escapement-project-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  for (const name of ['package.json', 'escapement.yaml', 'services'])
    await cp(deployPath(`docker/${name}`), join(folder, name), { recursive: true })
  const modules = join(folder, 'node_modules')
  await mkdir(join(modules, '.bin'), { recursive: true })
  await symlink(ROOT, join(modules, 'escapement'))
  const { bin } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  await symlink(join('..', 'escapement', bin.escapement), join(modules, '.bin', 'escapement'))
  return folder
}

/** Starts a program of the project on a free port; resolves when it is ready, with the port. */
async function start(cwd: string, program: string, args: readonly string[], env: Record<string, string> = {}) {
  const child = new Cli([...args, '--port', '0'], { cwd, env, program: join(cwd, program) })
  const [, port] = await child.output('stderr', /metrics: http:\/\/[\d.]+:(\d+)\/metrics/)
  const ready = await fetch(`http://127.0.0.1:${port}/readyz`)
  expect(await ready.json()).toMatchObject({ live: true, ready: true, problems: [] })
  return { child, port: port! }
}

async function stopsClean({ process, exited }: Cli): Promise<void> {
  process.kill('SIGTERM')
  expect((await exited).code).toBe(0)
}

describe('the commands of the deployment files', () => {
  it('the command of the Dockerfile runs, its health check sees that, and SIGTERM ends it with 0', async () => {
    const cwd = await project()
    const [init, dashes, program, ...others] = argumentsOf('ENTRYPOINT')
    expect([init, dashes, others]).toEqual(['tini', '--', []])
    const { child, port } = await start(cwd, program!, argumentsOf('CMD'))
    const [node, ...args] = argumentsOf('HEALTHCHECK').map((argument) => argument.replace(':9464', `:${port}`))
    expect(node).toBe('node')
    const check = () => promisify(execFile)(process.execPath, args)
    await check()
    await stopsClean(child)
    await expect(check()).rejects.toMatchObject({ code: 1 })
  })

  it('the command of the systemd unit runs, and SIGTERM ends it with 0', async () => {
    const cwd = await project()
    const settings = unitSettings()
    const [node, program, ...args] = settings.get('ExecStart')![0]!.split(' ')
    expect(node).toBe('/usr/bin/node')
    const config = args.indexOf('/etc/escapement/escapement.yaml')
    args[config] = 'escapement.yaml'
    const { child } = await start(cwd, program!, args)
    await stopsClean(child)
  })

  it('the arguments and the configuration of the Kubernetes manifest run, and SIGTERM ends them with 0', async () => {
    const cwd = await project()
    const objects = parseAllDocuments(readDeploy('kubernetes/escapement.yaml')).map((document) => document.toJS())
    const [container] = objects.find(({ kind }) => kind === 'Deployment').spec.template.spec.containers
    const { data } = objects.find(({ kind }) => kind === 'ConfigMap')
    expect(parse(data['escapement.yaml'])).toHaveProperty('escapement')
    await writeFile(join(cwd, 'mounted.yaml'), data['escapement.yaml'])
    const args = container.args.with(-1, 'mounted.yaml')
    const { child } = await start(cwd, argumentsOf('ENTRYPOINT')[2]!, args, { REDIS_URL: 'local' })
    await stopsClean(child)
  })
})
