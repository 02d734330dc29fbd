/** Requests to a worker thread that runs no service: describe a module, or read a configuration module. */
import type { ServiceDefinition } from './definitions.js'

/** Imports a module and answers with the services that it defines. */
export interface DescribeRequest {
  readonly kind: 'describe'
  readonly module: string
  readonly config: Readonly<Record<string, unknown>>
  readonly defaults: Readonly<Record<string, unknown>>
  readonly services: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** What holds for every module that is described. */
export type DescribeOptions = Omit<DescribeRequest, 'kind' | 'module'>

export type DescribeReply =
  | { readonly kind: 'described'; readonly services: readonly ServiceDefinition[] }
  /** The module cannot be used. Each problem is one sentence or paragraph. */
  | { readonly kind: 'refused'; readonly problems: readonly string[] }

/** Imports a configuration module and answers with its value. `file` is an absolute path. */
export interface ReadConfigRequest {
  readonly kind: 'read_config'
  readonly file: string
}

export type ReadConfigReply =
  | { readonly kind: 'config_read'; readonly config: Record<string, unknown> }
  /** The module cannot be used. `problem` is a sentence that does not name the file. */
  | { readonly kind: 'config_refused'; readonly problem: string }
