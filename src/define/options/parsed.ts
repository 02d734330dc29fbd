/** A parsed input, or the problem with it. The problem is the end of a sentence: `must be ..., got ...`. */
export type Parsed<Value> = { readonly value: Value } | { readonly problem: string }
