/** `escapement entrypoint-names`: what completion scripts ask for the names of entrypoints. */
import { realTimeout } from '../../kernel/clock.js'
import { connectTo, type OnlineFlags } from '../online/connect.js'
import { plainText } from '../online/words.js'

/** Somebody waits with a finger on the key. */
const ANSWER_WITHIN_MS = 1_500

/**
 * Prints the entrypoints of the supervisor that the words of a command line lead to, one a line; nothing when none answers.
 *
 * @param words as they stand on the command line: of them, `--url` and `--config` are used.
 */
export async function entrypointNames(words: readonly string[]): Promise<void> {
  const names = await Promise.race([namesAt(flagsOf(words)).catch(() => []), giveUp()])
  await new Promise<void>((resolve) => process.stdout.write(names.map((name) => `${name}\n`).join(''), () => resolve()))
  // A request that was given up would keep the process alive.
  process.exit(0)
}

async function namesAt(flags: OnlineFlags): Promise<readonly string[]> {
  const client = await connectTo(flags)
  const { entrypoints } = await client.entrypoints()
  return entrypoints.map(({ id }) => plainText(id)).sort()
}

function giveUp(): Promise<readonly string[]> {
  return new Promise((resolve) => void realTimeout(() => resolve([]), ANSWER_WITHIN_MS))
}

function flagsOf(words: readonly string[]): OnlineFlags {
  const lastValue = (flag: string) => {
    const at = words.lastIndexOf(flag)
    const joined = words.findLast((word) => word.startsWith(`${flag}=`))
    return joined?.slice(flag.length + 1) || (at < 0 ? undefined : words[at + 1] || undefined)
  }
  const [url, config] = [lastValue('--url'), lastValue('--config')]
  return { ...(url !== undefined && { url }), ...(config !== undefined && { config }) }
}
