import { join } from 'node:path'
import { TestServer } from './server-process.js'

export function startEtcd(program: string): Promise<TestServer> {
  return TestServer.start({
    name: 'etcd',
    program,
    args: (port, folder, peerPort) => {
      const client = `http://127.0.0.1:${port}`
      const peer = `http://127.0.0.1:${peerPort}`
      return [
        ...['--name', 'test', '--data-dir', join(folder, 'data'), '--logger', 'zap', '--log-level', 'error'],
        // Half of the default times, which also halves the shortest lease time, to 1 s.
        ...['--heartbeat-interval', '50', '--election-timeout', '500'],
        ...['--listen-client-urls', client, '--advertise-client-urls', client],
        ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `test=${peer}`],
      ]
    },
    probe: async (port) => {
      const response = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(1_000) })
      if (!response.ok) throw new Error(await response.text())
    },
    url: (port) => `etcd://127.0.0.1:${port}`,
  })
}
