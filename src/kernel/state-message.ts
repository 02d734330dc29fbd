/** Requests and answers about the `State` of a service, which the main thread keeps. The worker thread serialises the values. */

export type StateRequest =
  | { readonly op: 'get'; readonly key: string }
  | { readonly op: 'keys' }
  /** Answered when everything that was stored before is in the state file. */
  | { readonly op: 'flush' }
  /** Writes a key, or deletes it when `value` is undefined. `ifVersion`: only if the key has this version (0: does not exist). */
  | {
      readonly op: 'set'
      readonly key: string
      readonly value: Uint8Array | undefined
      readonly ifVersion?: number
    }

export type StateAnswer =
  | { readonly kind: 'value'; readonly value: Uint8Array | undefined; readonly version: number }
  | { readonly kind: 'keys'; readonly keys: readonly string[] }
  /** `isSaved`: everything is in the state file, or there is none. */
  | { readonly kind: 'flushed'; readonly isSaved: boolean }
  /** The key was written. `existed`: it had a value before. */
  | { readonly kind: 'stored'; readonly version: number; readonly existed: boolean }
  /** Not written, because the key no longer has the version of `ifVersion`; with its present value and version. */
  | { readonly kind: 'changed'; readonly value: Uint8Array | undefined; readonly version: number }
  /** Not written, because it exceeds the limit. In bytes: this key with its value; the service's other keys; the limit. */
  | { readonly kind: 'too_large'; readonly size: number; readonly used: number; readonly limit: number }
