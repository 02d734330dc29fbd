import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { TestServer } from './server-process.js'

/** @param configuration a file of Prometheus' own format. */
export function startPrometheus(program: string, configuration: string): Promise<TestServer> {
  return TestServer.start({
    name: 'prometheus',
    program,
    prepare: async (folder) => {
      await mkdir(join(folder, 'data'))
      await writeFile(join(folder, 'prometheus.yaml'), configuration)
    },
    args: (port, folder) => [
      `--config.file=${join(folder, 'prometheus.yaml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--storage.tsdb.retention.time=1h',
      '--log.level=warn',
    ],
    probe: async (port) => {
      const response = await fetch(`http://127.0.0.1:${port}/-/ready`, { signal: AbortSignal.timeout(1_000) })
      if (!response.ok) throw new Error(await response.text())
    },
    url: (port) => `http://127.0.0.1:${port}`,
  })
}
