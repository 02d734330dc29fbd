/** The completion script for fish. */
import { type CommandShape, type Expected, NAMES_COMMAND } from './command-shapes.js'

export function fishScript(commands: readonly CommandShape[]): string {
  const lines = commands.flatMap(({ name, description, options, argument }) => {
    const within = `-n '__fish_seen_subcommand_from ${name}'`
    return [
      `complete -c escapement -n __fish_use_subcommand -f -a ${name} -d ${quoted(description)}`,
      `complete -c escapement ${within} ${argumentOf(argument)}`,
      ...options.map(({ flag, description, value }) => {
        const long = `-l ${flag.replace(/^--/, '')}`
        return `complete -c escapement ${within} ${long} ${valueFlags(value)}-d ${quoted(description)}`
      }),
    ]
  })
  return ['# fish completion for escapement. Load it with: escapement completion fish | source', ...lines, ''].join(
    '\n',
  )
}

const NAMES = `(escapement ${NAMES_COMMAND} -- (commandline -opc) 2> /dev/null)`

function argumentOf(argument: Expected): string {
  if (argument.kind === 'choice') return `-f -a ${quoted(argument.choices.join(' '))}`
  if (argument.kind === 'entrypoint') return `-f -a ${quoted(NAMES)}`
  return argument.kind === 'file' ? '-F' : '-f'
}

function valueFlags(value: Expected): string {
  if (value.kind === 'nothing') return ''
  if (value.kind === 'file') return '-r -F '
  return value.kind === 'choice' ? `-x -a ${quoted(value.choices.join(' '))} ` : '-x '
}

function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, (special) => `\\${special}`)}'`
}
