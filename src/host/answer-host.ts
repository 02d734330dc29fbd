/** Answers the main thread's requests on a thread that runs services. */
import { workerData } from 'node:worker_threads'
import type { HostReply, HostRequest, HostSetup } from '../pool/protocol.js'
import { boundUncaughtErrors } from './bound-uncaught.js'
import { Container } from './container.js'

let container: Container | undefined

export async function answerHost(request: HostRequest): Promise<HostReply> {
  if (typeof request === 'number') return container!.runner.run(request)
  switch (request.kind) {
    case 'prepare':
      boundUncaughtErrors()
      container = new Container(workerData as HostSetup, request.link)
      return container.prepare()
    case 'start':
      return container!.start()
    case 'abort':
      container?.runner.abort(request.record)
      return { kind: 'told' }
    case 'stop':
      await container?.stop()
      return { kind: 'stopped' }
  }
}
