/** What the threads of piscina and tinypool run. */
export const noop = () => {}

/** The moment at which it starts, in microseconds. */
export const stamp = () => Number(process.hrtime.bigint()) / 1e3
