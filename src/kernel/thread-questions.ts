/** What the main thread asks a worker thread that lives for one question: to describe a module, or to read a configuration. */
import type { ServiceDefinition } from './definitions.js'

/** Import a module and say which services it defines. */
export interface DescribeRequest {
  readonly kind: 'describe'
  readonly module: string
  readonly config: Readonly<Record<string, unknown>>
  readonly defaults: Readonly<Record<string, unknown>>
  readonly services: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

export type DescribeReply =
  | { readonly kind: 'described'; readonly services: readonly ServiceDefinition[] }
  /** The module cannot be used: each problem is one sentence or paragraph. */
  | { readonly kind: 'refused'; readonly problems: readonly string[] }

/** Import a configuration module and send its value; `file` is an absolute path. */
export interface ReadConfigRequest {
  readonly kind: 'read_config'
  readonly file: string
}

export type ReadConfigReply =
  | { readonly kind: 'config_read'; readonly config: Record<string, unknown> }
  /** `problem` is a sentence without the name of the file. */
  | { readonly kind: 'config_refused'; readonly problem: string }
