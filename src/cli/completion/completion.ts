/** `escapement completion`: prints a script that makes a shell complete the command line. */
import type { Command } from 'commander'
import { EXIT } from '../exit-codes.js'
import { bashScript } from './bash.js'
import { type CommandShape, commandShapes } from './command-shapes.js'
import { fishScript } from './fish.js'
import { zshScript } from './zsh.js'

type Shell = 'bash' | 'zsh' | 'fish'

const SCRIPTS: Readonly<Record<Shell, (commands: readonly CommandShape[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
}

export function completion(shell: Shell, program: Command): number {
  process.stdout.write(SCRIPTS[shell](commandShapes(program)))
  return EXIT.clean
}
