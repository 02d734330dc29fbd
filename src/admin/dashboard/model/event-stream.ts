/** Reads a stream of server-sent events, piece by piece (`text/event-stream`; ids and retry times are not used). */

export interface StreamEvent {
  readonly event: string
  readonly data: string
}

export class EventStreamReader {
  #rest = ''

  /** Takes the next piece of text; returns the events that it completes. */
  read(piece: string): readonly StreamEvent[] {
    const blocks = (this.#rest + piece).replaceAll('\r\n', '\n').split('\n\n')
    this.#rest = blocks.pop() ?? ''
    return blocks.flatMap(parseBlock)
  }
}

/** A block without data is a comment that keeps the connection open. */
function parseBlock(block: string): StreamEvent[] {
  let event = 'message'
  const data: string[] = []
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') event = value
    if (field === 'data') data.push(value)
  }
  return data.length > 0 ? [{ event, data: data.join('\n') }] : []
}
