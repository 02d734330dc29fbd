/** The completion script for bash. */
import { type CommandShape, type Expected, NAMES_COMMAND } from './command-shapes.js'

export function bashScript(commands: readonly CommandShape[]): string {
  const names = commands.map(({ name }) => name)
  const values = commands.flatMap(({ name, options }) =>
    options
      .filter(({ value }) => value.kind !== 'nothing')
      .map(({ flag, value }) => `    '${name} ${flag}') ${replies(value)}; return ;;`),
  )
  const flags = commands.map(({ name, options }) => `      ${name}) ${words(options.map(({ flag }) => flag))} ;;`)
  const rest = commands.map(({ name, argument }) => `    ${name}) ${replies(argument)} ;;`)
  return `# bash completion for escapement. Load it with: source <(escapement completion bash)
_escapement() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in
      ${names.join('|')}) command=$word; break ;;
    esac
  done
  COMPREPLY=()
  case "$command $previous" in
${values.join('\n')}
  esac
  if [[ $current == -* ]]; then
    case $command in
      '') ${words(['--help', '--version'])} ;;
${flags.join('\n')}
    esac
    return
  fi
  case $command in
    '') ${words(names)} ;;
${rest.join('\n')}
  esac
}
complete -F _escapement escapement
`
}

function replies(expected: Expected): string {
  switch (expected.kind) {
    case 'file':
      return `compopt -o filenames 2> /dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current")`
    case 'choice':
      return words(expected.choices)
    case 'entrypoint':
      // Not by compgen -W, which would evaluate the names.
      return `while IFS= read -r word; do [[ $word == "$current"* ]] && COMPREPLY+=("$word"); done < <("\${COMP_WORDS[0]}" ${NAMES_COMMAND} -- "\${COMP_WORDS[@]:1}" 2> /dev/null)`
    default:
      return ':'
  }
}

function words(choices: readonly string[]): string {
  return `mapfile -t COMPREPLY < <(compgen -W '${choices.join(' ')}' -- "$current")`
}
