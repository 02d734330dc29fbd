#!/usr/bin/env node
/** The command `escapement`: parses the command line and calls the subcommands. */
import { Argument, Command, CommanderError, Option } from 'commander'
import { VERSION } from '../kernel/version.js'
import { EXIT, EXIT_CODES } from './exit-codes.js'
import { explain } from './explain.js'
import { addOnlineCommands } from './online/commands.js'
import { requireOpenFiles } from './require-open-files.js'

// A reader that has gone away, or a full disk, ends neither a run nor a listing.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

const collect = (value: string, earlier: string[] = []) => [...earlier, value]

function withConfig(command: Command): Command {
  return command
    .option('--config <file>', 'configuration: YAML, JSON, or a JavaScript or TypeScript module')
    .option('--set <key=value>', 'set one configuration value (repeatable); dots reach into nested keys', collect)
}

const program = new Command('escapement')
  .description('Runs decorated services on worker threads, on time, with every tick accounted for.')
  .version(VERSION)
  .exitOverride()
  .showSuggestionAfterError()
  .showHelpAfterError('(run escapement --help for usage)')

withConfig(program.command('run'))
  .description('run the services that the modules define, until stopped')
  .argument('<module...>', 'files that define services (.js .mjs .cjs .ts .mts .cts)')
  .option('--host <address>', 'address to serve metrics and health on (default: 127.0.0.1)')
  .option('--port <number>', 'port to serve them on (default: 9464); 0 chooses a free port')
  .option('--no-http', 'serve neither metrics nor health')
  .addHelpText('after', EXIT_CODES)
  .option('--for <duration>', 'stop after this long, e.g. 30s')
  .addOption(
    new Option('--log-level <level>', 'how much to log (default: info)').choices([
      'trace',
      'debug',
      'info',
      'warn',
      'error',
      'fatal',
      'silent',
    ]),
  )
  .option('--watch', 'start again when a module, what it imports, or the configuration changes')
  .action(async (modules: string[], options) => {
    if (options.watch) {
      const { watch } = await import('./watch/watch.js')
      const files = [...modules, ...(options.config === undefined ? [] : [options.config])]
      process.exitCode = await watch(files, withoutWatch(process.argv.slice(1)))
      return
    }
    const { run } = await import('./run.js')
    process.exitCode = await run(modules, options)
  })

withConfig(program.command('list'))
  .description('list the services and entrypoints that the modules define, without starting them')
  .argument('<module...>', 'files that define services')
  .option('--json', 'print the definitions as JSON')
  .action(async (modules: string[], options) => {
    const { list } = await import('./list.js')
    process.exitCode = await list(modules, options)
  })

withConfig(program.command('plan'))
  .description(
    'print what the timers of the modules would do, without starting them: due moments, changed clocks, herds',
  )
  .argument('<module...>', 'files that define services')
  .option('--for <duration>', 'the span to look at', '24h')
  .option('--from <time>', 'its beginning, e.g. 2026-03-29T00:00:00Z (default: now)')
  .option('--entrypoint <id>', 'only this timer: service.method or service.method#name')
  .option('--json', 'print the plan as JSON')
  .action(async (modules: string[], options) => {
    const { plan } = await import('./plan.js')
    process.exitCode = await plan(modules, options)
  })

withConfig(program.command('show-config'))
  .description('print the configuration with placeholders, --set and defaults filled in, and secrets masked as ***')
  .option('--json', 'print it as JSON instead of YAML')
  .action(async (options) => {
    const { showConfig } = await import('./show-config.js')
    process.exitCode = await showConfig(options)
  })

addOnlineCommands(program, (code) => {
  process.exitCode = code
})

program
  .command('completion')
  .description('print a script that makes a shell complete this command line')
  .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
  .action(async (shell) => {
    const { completion } = await import('./completion/completion.js')
    process.exitCode = completion(shell, program)
  })

program
  .command('entrypoint-names', { hidden: true })
  .argument('[words...]', 'the command line that is completed')
  .action(async (words) => {
    const { entrypointNames } = await import('./completion/entrypoint-names.js')
    await entrypointNames(words)
  })

// No code of a user runs on this thread: an error that nothing caught is a bug of ours, or a limit of the operating system.
process.on('uncaughtException', (error) => process.exit(tell(error)))

try {
  requireOpenFiles()
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.clean : EXIT.usage
  else process.exitCode = tell(error)
}

/** `--watch` and its abbreviations are options of this process only. What follows `--` are modules. */
function withoutWatch(args: readonly string[]): string[] {
  const end = args.indexOf('--')
  return args.filter((arg, index) => arg !== '--watch' || (end >= 0 && index > end))
}

/** Says why the program ends; returns its exit code. */
function tell(error: unknown): number {
  const { text, exitCode } = explain(error)
  process.stderr.write(`${text}\n`)
  return exitCode
}
