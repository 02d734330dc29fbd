/** Describes one module: returns its services, or every problem that prevents its use. */
import { availableParallelism, hostname, loadavg } from 'node:os'
import { describeModule } from '../define/describe.js'
import { systemClock } from '../kernel/clock.js'
import { DefinitionError } from '../kernel/errors.js'
import type { DescribeReply, DescribeRequest } from '../kernel/thread-questions.js'
import { loadModule } from './load-module.js'

export async function answerDescribe({ module, config, defaults, services }: DescribeRequest): Promise<DescribeReply> {
  let exports: Record<string, unknown>
  try {
    exports = await loadModule(module)
  } catch (error) {
    return { kind: 'refused', problems: problemsOf(error, module) }
  }
  const load = loadavg()[0]! / availableParallelism()
  const settings = { config, defaults, services, load, now: systemClock().wallNow(), host: hostname() }
  try {
    return { kind: 'described', services: describeModule(exports, module, settings) }
  } catch (error) {
    if (error instanceof DefinitionError) return { kind: 'refused', problems: error.problems }
    throw error
  }
}

function problemsOf(error: unknown, module: string): readonly string[] {
  if (error instanceof DefinitionError) return error.problems.map((problem) => `${module}: ${problem}`)
  const text = error instanceof Error ? withoutForeignFrames(error.stack ?? error.message) : String(error)
  return [`${module} cannot be imported: ${text}`]
}

/** Removes the stack frames of Node, the compiler and Escapement, which say nothing about the module. */
function withoutForeignFrames(stack: string): string {
  const isForeign = (line: string) => /^\s+at .*(node:|node_modules|\/dist\/(?:src|workers)\/)/.test(line)
  return stack
    .split('\n')
    .filter((line) => !isForeign(line))
    .join('\n')
}
