/** The completion script for zsh. */
import { type CommandShape, type Expected, NAMES_COMMAND, type OptionShape } from './command-shapes.js'

export function zshScript(commands: readonly CommandShape[]): string {
  const list = commands.map(
    ({ name, description }) => `        ${quoted(`${name}:${description.replaceAll(':', '\\:')}`)}`,
  )
  const cases = commands.map(({ name, options, argument }) => {
    const specs = [...options.map(optionSpec), ...argumentSpec(argument)]
    return `        ${name})\n          _arguments \\\n${specs.map((spec) => `            ${spec}`).join(' \\\n')} ;;`
  })
  return `#compdef escapement
# zsh completion for escapement. Load it with: source <(escapement completion zsh)
# or save it as _escapement in a folder of $fpath.
_escapement_entrypoints() {
  local -a names
  names=(\${(f)"$(escapement ${NAMES_COMMAND} -- $words 2> /dev/null)"})
  compadd -a names
}
_escapement() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C '--help[display help]' '--version[output the version number]' '1: :->command' '*:: :->rest'
  case $state in
    command)
      local -a commands
      commands=(
${list.join('\n')}
      )
      _describe command commands ;;
    rest)
      case $line[1] in
${cases.join('\n')}
      esac ;;
  esac
}
if [ "$funcstack[1]" = _escapement ]; then
  _escapement "$@"
else
  compdef _escapement escapement
fi
`
}

function optionSpec({ flag, description, value, isRepeatable }: OptionShape): string {
  const text = description.replaceAll(/[[\]:\\]/g, (special) => `\\${special}`)
  return quoted(`${isRepeatable ? '*' : ''}${flag}[${text}]${value.kind === 'nothing' ? '' : `:${action(value)}`}`)
}

function argumentSpec(argument: Expected): string[] {
  return argument.kind === 'nothing' ? [] : [quoted(`*:${action(argument)}`)]
}

function action(value: Expected): string {
  switch (value.kind) {
    case 'file':
      return 'file:_files'
    case 'choice':
      return `choice:(${value.choices.join(' ')})`
    case 'entrypoint':
      return 'entrypoint:_escapement_entrypoints'
    case 'text':
      return `${value.name}:`
    default:
      return ''
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
