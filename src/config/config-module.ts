/**
 * Reads a configuration that is a JavaScript or TypeScript module. The caller passes the function that imports it: the main
 * thread must not run user code, so it lets a worker thread import the module.
 */
import { existsSync } from 'node:fs'
import { ConfigError } from '../kernel/errors.js'
import type { ReadConfigReply } from '../kernel/thread-questions.js'

/** Imports the module on another thread and returns its value; `file` is an absolute path. */
export type AskConfigModule = (file: string) => Promise<ReadConfigReply>

/** @throws ConfigError when the module cannot be imported in time or exports no configuration. */
export async function readConfigModule(file: string, ask: AskConfigModule): Promise<Record<string, unknown>> {
  if (!existsSync(file)) {
    throw new ConfigError('ERR_CONFIG_READ', `cannot read the configuration file ${file}: there is no such file`)
  }
  const reply = await ask(file)
  if (reply.kind === 'config_read') return reply.config
  throw new ConfigError('ERR_CONFIG_MODULE', `${file}: ${reply.problem}`)
}
