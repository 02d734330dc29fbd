/**
 * The interface of a worker thread that a pool uses. The creator of a slot passes it a {@link SpawnThread}: piscina-thread.ts has
 * the one for real threads; tests have one for fake threads.
 */
import type { MessagePort } from 'node:worker_threads'
import type { ResourceLimits } from '../kernel/definitions.js'
import type { ThreadEndReason } from '../kernel/events.js'
import type { WireError } from '../kernel/wire-error/wire-error.js'
import type { HostSetup, ThreadReply, ThreadRequest, WorkerMessage } from './protocol.js'

/** How a thread ended. */
export interface ThreadExit {
  readonly reason: ThreadEndReason
  readonly exitCode: number
  readonly threadId: number
  /** What was uncaught in it, or why it had to be ended, if anything is known. */
  readonly error?: WireError
  /** The service that failed to start, and in which step. */
  readonly service?: string
  readonly step?: string
  /** Of a thread that hung: the entrypoint whose method was entered last. */
  readonly lastEntered?: string
}

/** What the exit of a thread that we end says of why. */
export type EndCause = Pick<ThreadExit, 'error' | 'service' | 'step' | 'lastEntered'>

export interface WorkerThread {
  readonly threadId: number
  /** Resolves when the thread has exited: none of its code runs any more. Never rejects. */
  readonly exited: Promise<ThreadExit>
  /** Sends a request. Rejects only when the thread ends before it has answered; {@link exited} follows. */
  request<Reply extends ThreadReply>(request: ThreadRequest): Promise<Reply>
  /**
   * The share of the limit of its heap that is in use, asked of the thread while it runs; undefined when it cannot be asked: then
   * what the thread has last written about its heap is all that is known.
   */
  heapShare(): Promise<number | undefined>
  /** Ends the thread whatever it is doing; resolves when it has exited. The first reason given is the one in its exit. */
  terminate(reason: ThreadEndReason): Promise<ThreadExit>
}

/** The entry points in `workers/`. */
export type ThreadEntry = 'host' | 'describer' | 'config-reader'

export interface SpawnOptions {
  readonly entry: ThreadEntry
  /** `workerData` of a thread that runs services. */
  readonly setup?: HostSetup
  readonly resourceLimits?: ResourceLimits
  readonly nice?: number
  readonly onMessage?: (message: WorkerMessage) => void
}

/** Starts a thread and sends it its first request, which is answered when the thread is up. */
export type SpawnThread = <Reply extends ThreadReply>(
  options: SpawnOptions,
  first: ThreadRequest,
  transfer?: readonly MessagePort[],
) => readonly [WorkerThread, Promise<Reply>]

/** The error that was uncaught in the thread; when there was none, one that says how the thread ended. */
export function errorOfExit({ reason, exitCode, error }: ThreadExit): WireError {
  return error ?? { name: 'ThreadExit', message: `the thread ended (${reason}, exit code ${exitCode})` }
}
