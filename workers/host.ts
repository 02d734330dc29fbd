/**
 * The entry of every worker thread: answers the main thread's requests.
 *
 * Piscina calls the default export with each request. Which requests make sense depends on what the thread is for: a
 * describer reads the metadata of one module, a host runs services.
 */
import { isMainThread, workerData } from 'node:worker_threads'
import { InternalError } from '../src/kernel/errors.js'
import type { HostReply, HostRequest, ThreadSetup } from '../src/pool/protocol.js'
import type { Container } from './container.js'

if (isMainThread) throw new InternalError('workers/host.js was loaded on the main thread')

let container: Container | undefined

export default async function handle(request: HostRequest): Promise<HostReply> {
  if (typeof request === 'number') return container!.runner.run(request)
  switch (request.kind) {
    case 'describe': {
      const { describe } = await import('./describer.js')
      return describe(request)
    }
    case 'read_config': {
      const { readConfig } = await import('./config-reader.js')
      return readConfig(request)
    }
    case 'prepare': {
      const setup = workerData as ThreadSetup
      if (setup.role !== 'host') throw new InternalError('a thread that describes modules was asked to run services')
      const { Container } = await import('./container.js')
      container = new Container(setup, request.link)
      return container.prepare()
    }
    case 'start':
      return container!.start()
    case 'abort':
      container?.runner.abort(request.slot)
      return { kind: 'told' }
    case 'stop':
      await container?.stop()
      return { kind: 'stopped' }
  }
}
