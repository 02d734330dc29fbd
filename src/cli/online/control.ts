/** `escapement trigger`, `pause`, `resume` and `abort`. */
import { userInfo } from 'node:os'
import type { ControlAction } from '../../kernel/control.js'
import { EXIT } from '../exit-codes.js'
import { connectTo, type OnlineFlags } from './connect.js'
import { plainText } from './words.js'

export interface ControlFlags extends OnlineFlags {
  readonly by?: string
  readonly reason?: string
}

export async function control(action: ControlAction, id: string, flags: ControlFlags): Promise<number> {
  const { by = userName(), reason } = flags
  const client = await connectTo(flags)
  const body = { ...(by !== undefined && { by }), ...(reason !== undefined && { reason }) }
  const done = await client.control(action, id, body)
  process.stdout.write(`${flags.json ? JSON.stringify(done, null, 2) : plainText(done.text)}\n`)
  return EXIT.clean
}

function userName(): string | undefined {
  try {
    return userInfo().username
  } catch {
    // The user of the process has no name: in a container, for example.
    return undefined
  }
}
