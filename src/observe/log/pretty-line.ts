import { prettyFactory } from 'pino-pretty'

/**
 * Returns the function that formats a JSON line for people: as one line, which the stack of an error follows.
 *
 * pino-pretty's own stream is a pipeline and its transport is a thread: either can lose the last lines of a process.
 */
export function prettyLine({ isColored }: { readonly isColored: boolean }): (line: string) => string {
  return prettyFactory({
    ignore: 'pid,hostname',
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
    colorize: isColored,
  })
}
