/** Reads the files in which instances wrote down what happened to tickets. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { TicketEntry } from './fleet-history.js'

export class TicketJournal {
  /** Every instance is told of it by its setting `journal`. */
  readonly folder = mkdtempSync(join(tmpdir(), 'escapement-journal-'))

  constructor() {
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }))
  }

  entries(): TicketEntry[] {
    return readdirSync(this.folder).flatMap((file) => this.#read(file))
  }

  /** Of one start of an instance. */
  entriesOf(instance: string): TicketEntry[] {
    return readdirSync(this.folder)
      .filter((file) => file.startsWith(`${instance}-`))
      .flatMap((file) => this.#read(file))
  }

  /** The text after the last newline is a line that is still being written, or that a kill has cut off. */
  #read(file: string): TicketEntry[] {
    const lines = readFileSync(join(this.folder, file), 'utf8').split('\n').slice(0, -1)
    return lines.map((line) => {
      const { at, looked, ...entry } = JSON.parse(line)
      return { ...entry, at: BigInt(at), ...(looked !== undefined && { looked: BigInt(looked) }) }
    })
  }
}
