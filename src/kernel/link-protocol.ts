/**
 * The messages on the port between the main thread and a worker thread: calls between services, reads and writes of `State`,
 * registration of metrics, the list of members, and replies to runs that were handed over together. (Runs go to their thread
 * through Piscina, and so do the other replies.) The sender assigns the ids.
 */
import type { MessagePort } from 'node:worker_threads'
import type { ServiceMembers } from './members.js'
import type { MetricMessage } from './metric-message.js'
import type { OutputConnection } from './output/output-protocol.js'
import type { RpcCall, RpcReply } from './rpc.js'
import type { StateAnswer, StateRequest } from './state-message.js'
import type { WireError } from './wire-error/wire-error.js'

/** Sent by either side: calls a method. The other side answers with {@link ReturnMessage} under the same id. */
export interface CallMessage {
  readonly kind: 'call'
  readonly id: number
  readonly call: RpcCall
}

/** Sent by either side: the caller no longer waits for this call. */
export interface CancelMessage {
  readonly kind: 'cancel'
  readonly id: number
  readonly because: 'timed_out' | 'aborted'
}

/** Sent by either side: the result of a call. */
export interface ReturnMessage {
  readonly kind: 'return'
  readonly id: number
  readonly reply: RpcReply
}

/** The result of a run by its place in RUN_ENDINGS (pool/protocol.ts); its times stand in its record. */
export type RunReply = number | { readonly result: number; readonly error: WireError }

/** The replies to runs, by the numbers of their records. */
export interface RunsEndedMessage {
  readonly kind: 'runs_ended'
  readonly records: readonly number[]
  readonly replies: readonly RunReply[]
}

/** What a worker thread says to those who serve its services. */
export type ServiceMessage =
  | CallMessage
  | CancelMessage
  | ReturnMessage
  | { readonly kind: 'state'; readonly id: number; readonly service: string; readonly request: StateRequest }
  | { readonly kind: 'metric'; readonly message: MetricMessage }

/** From a worker thread to the main thread. */
export type ToMain = ServiceMessage | RunsEndedMessage

/** The current members of a service. */
export interface MembersChanged extends ServiceMembers {
  readonly kind: 'members'
}

/** There is a new admin thread, and this is the connection to it. The first one is sent before anything else. */
export interface OutputConnected {
  readonly kind: 'output'
  readonly connection: OutputConnection
}

/** From the main thread to a worker thread. */
export type ToThread =
  | OutputConnected
  | MembersChanged
  | CallMessage
  | CancelMessage
  | ReturnMessage
  | { readonly kind: 'state'; readonly id: number; readonly answer: StateAnswer }

/**
 * The memory and ports that go to the receiver with a message instead of being copied. What the state answers is copied: the main
 * thread keeps it.
 */
export function transferOf(message: ToMain | ToThread): (ArrayBuffer | MessagePort)[] {
  if (message.kind === 'output') return [message.connection.port]
  if (message.kind === 'call') return buffersOf(message.call.args)
  if (message.kind === 'return') return message.reply.kind === 'completed' ? buffersOf(message.reply.value) : []
  if (message.kind !== 'state' || !('request' in message) || message.request.op !== 'set') return []
  const { value } = message.request
  const isWhole = value !== undefined && value.byteLength === value.buffer.byteLength
  return isWhole ? buffersOf(value.buffer) : []
}

function buffersOf(value: unknown): ArrayBuffer[] {
  return value instanceof ArrayBuffer ? [value] : []
}
