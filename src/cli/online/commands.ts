/** The commands that ask a running supervisor. */
import type { Command } from 'commander'
import type { ControlAction } from '../../kernel/control.js'
import { ONLINE_EXIT_CODES } from '../exit-codes.js'

const CONTROLS: Readonly<Record<ControlAction, string>> = {
  trigger: 'add a tick of a timer now; pause and window do not keep it from running',
  pause: 'skip the ticks of a timer, or of all timers of a method, until they are resumed',
  resume: 'let a paused timer tick again, beginning with the next due moment',
  abort: 'abort the runs of a timer, or of all timers of a method, that are in progress',
}

/** @param exitWith sets the exit code of the process */
export function addOnlineCommands(program: Command, exitWith: (code: number) => void): void {
  online(program.command('status'))
    .description('say in one sentence whether the supervisor is well, and what is wrong')
    .action(async (flags) => exitWith(await (await import('./status.js')).status(flags)))

  online(program.command('top'))
    .description('show the entrypoints, worst first; in a terminal again each second, until ctrl-c')
    .action(async (flags) => exitWith(await (await import('./top.js')).top(flags)))

  online(program.command('why'))
    .description('say in words why an entrypoint did, or did not, run lately')
    .argument('<service.method>', 'the entrypoint; service.method#name for a timer with a name')
    .action(async (id, flags) => exitWith(await (await import('./status.js')).why(id, flags)))

  for (const action of Object.keys(CONTROLS) as ControlAction[]) {
    online(program.command(action))
      .description(`${CONTROLS[action]} (needs escapement.http.token)`)
      .argument('<service.method>', 'the entrypoint; service.method#name for a timer with a name')
      .option('--reason <text>', 'why, for the log and for everybody who looks')
      .option('--by <name>', 'who asks (default: the name of the user)')
      .action(async (id, flags) => exitWith(await (await import('./control.js')).control(action, id, flags)))
  }
}

function online(command: Command): Command {
  return command
    .option('--url <url>', 'where the supervisor serves HTTP (default: http://127.0.0.1:9464, or from --config)')
    .option('--config <file>', 'the configuration of the supervisor: its address and its tokens are used')
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', ONLINE_EXIT_CODES)
}
