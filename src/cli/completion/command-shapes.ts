/** What a shell has to know of the command line, read from commander's commands. */
import type { Command, Option } from 'commander'

/** What comes next on the command line. */
export type Expected =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'file' }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  /** An entrypoint of the running supervisor, which is asked for them. */
  | { readonly kind: 'entrypoint' }
  /** Something that a shell cannot complete. */
  | { readonly kind: 'text'; readonly name: string }

export interface OptionShape {
  /** As `--config`. */
  readonly flag: string
  readonly description: string
  readonly value: Expected
  readonly isRepeatable: boolean
}

export interface CommandShape {
  readonly name: string
  readonly description: string
  readonly options: readonly OptionShape[]
  readonly argument: Expected
}

/** Names of options and arguments whose values are files. */
const FILES = ['file', 'module']
/** Name of an argument whose values are entrypoints. */
const ENTRYPOINT = 'service.method'

/** The command that a script asks for the entrypoints. It is not for people, so it is not completed itself. */
export const NAMES_COMMAND = 'entrypoint-names'

const HELP: OptionShape = {
  flag: '--help',
  description: 'display help for command',
  value: { kind: 'nothing' },
  isRepeatable: false,
}

export function commandShapes(program: Command): CommandShape[] {
  const shown = program.commands.filter((command) => command.name() !== NAMES_COMMAND)
  return shown.map((command) => ({
    name: command.name(),
    description: command.description(),
    options: [...command.options.filter(({ hidden, long }) => !hidden && long).map(optionShape), HELP],
    argument: argumentOf(command),
  }))
}

function optionShape({ long, flags, description, required, argChoices, parseArg }: Option): OptionShape {
  const name = /<([^>]+)>/.exec(flags)?.[1] ?? ''
  return {
    flag: long!,
    description,
    value: required ? expected(name, argChoices) : { kind: 'nothing' },
    // Choices are checked by such a function too.
    isRepeatable: parseArg !== undefined && argChoices === undefined,
  }
}

function argumentOf({ registeredArguments: [argument] }: Command): Expected {
  return argument ? expected(argument.name(), argument.argChoices) : { kind: 'nothing' }
}

function expected(name: string, choices: readonly string[] | undefined): Expected {
  if (choices) return { kind: 'choice', choices }
  if (name === ENTRYPOINT) return { kind: 'entrypoint' }
  return FILES.includes(name) ? { kind: 'file' } : { kind: 'text', name }
}
