/**
 * Deals modules out over describers: threads that describe one module after another, because a new thread for each module takes far
 * longer than most imports.
 *
 *     sharing -- its thread died, or did not answer in time --> alone
 *
 * 1. Every module gets one reply, in the place of the module.
 * 2. A refusal counts only from a thread on which no other module was imported before. Otherwise a new thread is asked: modules of
 *    one thread see each other's globals and share one tsconfig.json.
 * 3. When a shared thread is lost while it describes a module, that module is described on a thread of its own: so the one that is to
 *    blame is named, and no other. The modules that this describer takes afterwards have threads of their own, too.
 * 4. No shared thread is left when the replies are returned, or when one could not be had.
 */
import type { DescribeReply } from '../../kernel/thread-questions.js'

/** A thread that describes modules one after another. */
export interface SharedDescriber {
  /** Resolves to undefined when the thread has ended, or has not answered in time. Then it must not be asked again. */
  describe(module: string): Promise<DescribeReply | undefined>
  /** Ends the thread. */
  close(): Promise<void>
}

export interface Describers {
  /** At most so many at once. */
  readonly width: number
  share(): SharedDescriber
  /** Describes a module on a new thread, which ends afterwards. */
  alone(module: string): Promise<DescribeReply>
}

export async function describeTogether(
  modules: readonly string[],
  { width, share, alone }: Describers,
): Promise<DescribeReply[]> {
  const replies: DescribeReply[] = []
  const left = modules.entries()

  /** Describes modules of those that are left, on one thread as long as there is one and it answers. */
  async function takeTurns(shared: SharedDescriber | undefined): Promise<void> {
    let thread = shared
    let imported = 0
    try {
      for (const [at, module] of left) {
        const reply = await thread?.describe(module)
        if (reply?.kind === 'described' || (reply && imported === 0)) replies[at] = reply
        else {
          if (!reply) thread = await closed(thread)
          replies[at] = await alone(module)
        }
        imported++
      }
    } finally {
      await closed(thread)
    }
  }

  // Where every module has a thread to itself, none is shared.
  const isShared = modules.length > width
  const turns = Array.from({ length: Math.min(width, modules.length) }, () => takeTurns(isShared ? share() : undefined))
  const failure = (await Promise.allSettled(turns)).find((turn) => turn.status === 'rejected')
  if (failure) throw failure.reason
  return replies
}

async function closed(thread: SharedDescriber | undefined): Promise<undefined> {
  await thread?.close()
}
