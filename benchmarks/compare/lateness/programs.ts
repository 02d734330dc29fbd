/** The programs of the peers: each is started in a process of its own. */
import { fileURLToPath } from 'node:url'
import type { Load, Peer } from './contract.js'

export interface Program {
  /** Arguments of `node`. */
  readonly args: (load: Load) => readonly string[]
  /** What the program reads as `variant`. */
  readonly variant?: string
  readonly server?: 'redis' | 'postgres'
  /** Of the server. */
  readonly serverArgs?: readonly string[]
}

/** A peer and how it is started. */
export interface DrivenPeer extends Peer {
  readonly program: Program
}

const CLI = fileURLToPath(new URL('../../../dist/src/cli/main.js', import.meta.url))

const pathOf = (file: string) => fileURLToPath(new URL(`programs/${file}`, import.meta.url))

/** One file of programs/, started with `node FILE`. */
export const file = (name: string, more: Omit<Program, 'args'> = {}): Program => ({
  args: () => [pathOf(name)],
  ...more,
})

/** When a program ends by itself, if nobody has ended it. Longer than any block. */
export const END_AFTER_MS = 1_200_000

/** `escapement run` with the services of the load. */
export function escapementRun(variant?: string): Program {
  return {
    args: ({ disturbance }) => {
      const services = ['service.mjs']
      if (disturbance === 'neighbour' || disturbance === 'spinning') services.push('neighbour-service.mjs')
      if (disturbance === 'blocked') services.push('blocking-service.mjs')
      return [CLI, 'run', ...services.map(pathOf), '--port', '0', '--log-level', 'warn', '--for', `${END_AFTER_MS}ms`]
    },
    ...(variant !== undefined && { variant }),
  }
}
