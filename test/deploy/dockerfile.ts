/** The Dockerfile: its instructions in order, continued lines joined. */
import { readDeploy } from './deploy-file.js'

export interface Instruction {
  readonly name: string
  readonly rest: string
}

export function dockerfile(): Instruction[] {
  return readDeploy('docker/Dockerfile')
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name, rest] = /^([A-Z]+) (.*)$/.exec(line)!
      return { name: name!, rest: rest! }
    })
}

/** The arguments of an instruction that is written as a JSON array. */
export function argumentsOf(name: 'ENTRYPOINT' | 'CMD' | 'HEALTHCHECK'): string[] {
  const { rest } = dockerfile().find((instruction) => instruction.name === name)!
  return JSON.parse(rest.slice(rest.indexOf('[')))
}
