/** What a service asks of the state that the main thread keeps for it. Values are serialised by the thread that has them. */

export type StateRequest =
  | { readonly op: 'get'; readonly key: string }
  | { readonly op: 'keys' }
  /** `value` undefined: delete. `ifVersion`: only if the key still has this version (0: it does not exist). */
  | {
      readonly op: 'set'
      readonly key: string
      readonly value: Uint8Array | undefined
      readonly ifVersion?: number
    }

export type StateAnswer =
  | { readonly kind: 'value'; readonly value: Uint8Array | undefined; readonly version: number }
  | { readonly kind: 'keys'; readonly keys: readonly string[] }
  /** `existed`: the key had a value before. */
  | { readonly kind: 'stored'; readonly version: number; readonly existed: boolean }
  /** Somebody else has changed it meanwhile: this is what it is now. */
  | { readonly kind: 'changed'; readonly value: Uint8Array | undefined; readonly version: number }
  /** It would not fit, in bytes: the key and its value, what the service's other keys take, what it may have in all. */
  | { readonly kind: 'too_large'; readonly size: number; readonly used: number; readonly limit: number }
