/** The messages between the main thread and the admin thread. */
import type { OutputConnection } from './output/output-protocol.js'

/** `workerData` of the admin thread. */
export interface AdminSetup {
  /** Of its own log lines. */
  readonly logLevel: string
  /** An {@link file://./output/output-memory.ts OutputMemory}. */
  readonly outputMemory: SharedArrayBuffer
  /** One Int32: 1 when the thread has written everything and ends. The main thread may wait for it while its process exits. */
  readonly ended: SharedArrayBuffer
}

/** From the main thread to the admin thread. */
export type ToAdmin =
  /** Another thread sends its output over this port, which is transferred. */
  | { readonly kind: 'output'; readonly connection: Omit<OutputConnection, 'memory'> }
  /** Nothing more will be sent: write what there is, for at most so many milliseconds, and end. */
  | { readonly kind: 'end'; readonly withinMs: number }
