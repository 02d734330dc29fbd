/** Answers the main thread's requests on a thread that runs services. */
import { workerData } from 'node:worker_threads'
import type { HostReply, HostRequest, HostSetup, RunRequest } from '../pool/protocol.js'
import { boundUncaughtErrors } from './bound-uncaught.js'
import { Container } from './container.js'

let container: Container | undefined

export function answerHost(request: HostRequest): HostReply | Promise<HostReply> {
  if (typeof request === 'number') return container!.runner.run(request)
  if (isBatch(request)) return container!.batches.perform(request)
  return answer(request)
}

async function answer(request: Exclude<HostRequest, RunRequest>): Promise<HostReply> {
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

// TypeScript does not narrow a read-only array by Array.isArray.
function isBatch(request: HostRequest): request is readonly number[] {
  return Array.isArray(request)
}
