/**
 * Sends what a thread writes to `process.stdout` and `process.stderr`, such as the output of `console`, to the admin thread.
 *
 * The stream objects stay: code that has them already writes to the same place. Only their end is replaced, so neither a closed
 * nor a full nor a stalled stream can throw into the code that writes or make it wait. On a worker thread Node passes such output
 * through the main thread, piece by piece, and a thread that is killed loses what was not passed on.
 */
import type { Writable } from 'node:stream'
import { STREAMS } from '../../kernel/output/output-protocol.js'
import type { RunTag } from '../../kernel/output/run-notes.js'
import type { OutputSender } from './output-sender.js'

type Written = string | Uint8Array
type Chunk = { readonly chunk: Written; readonly encoding: BufferEncoding }
type Ended = (error?: Error | null) => void

/** The two methods with which a stream of Node writes. */
interface Ends {
  _write: Writable['_write']
  _writev?: (chunks: Chunk[], ended: Ended) => void
}

/** The result gives the streams back. `currentTag`: the run that is writing. */
export function captureStreams(
  sender: Pick<OutputSender, 'sendChunk'>,
  currentTag: () => RunTag | undefined = () => undefined,
): () => void {
  const restore = STREAMS.map((name) => {
    const stream = process[name] as unknown as Ends
    const send = (chunk: Written, encoding: BufferEncoding) =>
      sender.sendChunk(name, bytesOrText(chunk, encoding), currentTag())
    const own: Required<Ends> = {
      _write(chunk: Written, encoding, ended) {
        send(chunk, encoding)
        ended()
      },
      _writev(chunks, ended) {
        for (const { chunk, encoding } of chunks) send(chunk, encoding)
        ended()
      },
    }
    Object.assign(stream, own)
    // The methods of the class are behind them.
    return () => {
      for (const method of Object.keys(own) as (keyof Ends)[]) delete (stream as Partial<Ends>)[method]
    }
  })
  return () => {
    for (const restoreOne of restore) restoreOne()
  }
}

/** Text in another encoding than UTF-8 is passed on as bytes. Bytes are copied: the writer may change them afterwards. */
function bytesOrText(chunk: Written, encoding: BufferEncoding): Written {
  if (typeof chunk !== 'string') return new Uint8Array(chunk)
  return encoding === 'utf8' || encoding === 'utf-8' ? chunk : new Uint8Array(Buffer.from(chunk, encoding))
}
