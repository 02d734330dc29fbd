/** The word of each value of an enum counter whose first word is `first`. */
export function wordOfEach<Value extends string>(first: number, values: readonly Value[]): Record<Value, number> {
  return Object.fromEntries(values.map((value, index) => [value, first + index])) as Record<Value, number>
}
