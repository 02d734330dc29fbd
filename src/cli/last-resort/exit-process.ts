/**
 * Ends the process from any thread, whatever the other threads do.
 *
 * `process.exit()` and `worker.terminate()` wait for threads, and a thread in native code does not come. The `exit` of the C
 * library waits for nobody, and WASI's `proc_exit` calls it: the module below does only that.
 */
import { WASI } from 'node:wasi'

/** The part that is used of a global that Node has and TypeScript declares for browsers only. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => object
}

/** The `i32.const` operand of the module: two bytes of LEB128, enough for any exit code. */
function moduleWith(exitCode: number): Uint8Array {
  const text = (value: string) => [value.length, ...Buffer.from(value)]
  const section = (id: number, ...content: number[]) => [id, content.length, ...content]
  const types = section(1, 2, 0x60, 1, 0x7f, 0, 0x60, 0, 0)
  const imports = section(2, 1, ...text('wasi_snapshot_preview1'), ...text('proc_exit'), 0, 0)
  const functions = section(3, 1, 1)
  const memory = section(5, 1, 0, 1)
  const exports = section(7, 2, ...text('memory'), 2, 0, ...text('_start'), 0, 1)
  const body = [0, 0x41, (exitCode & 0x7f) | 0x80, exitCode >> 7, 0x10, 0, 0x0b]
  const code = section(10, 1, body.length, ...body)
  return new Uint8Array([
    0,
    ...Buffer.from('asm'),
    1,
    0,
    0,
    0,
    ...types,
    ...imports,
    ...functions,
    ...memory,
    ...exports,
    ...code,
  ])
}

/** Prepares the end, so that nothing has to be loaded or compiled when it counts. Calling the result does not return. */
export function prepareExit(exitCode: number): () => void {
  const wasi = new WASI({ version: 'preview1', returnOnExit: false })
  const module = new WebAssembly.Module(moduleWith(exitCode))
  const instance = new WebAssembly.Instance(module, wasi.getImportObject())
  return () => void wasi.start(instance)
}
