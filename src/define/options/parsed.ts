/** What a user wrote, understood; or what is wrong with it. The problem is the end of a sentence: `must be ..., got ...`. */
export type Parsed<Value> = { readonly value: Value } | { readonly problem: string }
