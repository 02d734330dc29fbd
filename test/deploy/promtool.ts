/** Runs promtool. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { findServer } from '../support/servers/find-server.js'

export const promtool = await findServer('promtool')

export async function runPromtool(...args: string[]): Promise<{ readonly code: number | null; readonly said: string }> {
  const child = spawn(promtool!, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
  await exited
  return { code: child.exitCode, said: output + errors }
}
