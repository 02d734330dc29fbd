/**
 * One of several that count in one file: each round reads the number, waits, and writes it one higher. Without a lease they
 * overwrite each other's counts.
 */
import { randomInt, randomUUID } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CoordinationStore } from '../../src/coordinate/ports.js'

export interface Contest {
  readonly url: string
  readonly namespace: string
  readonly lease: string
  readonly file: string
  readonly rounds: number
  readonly isGuarded: boolean
}

export async function contend(store: CoordinationStore, { lease, file, rounds, isGuarded }: Contest): Promise<void> {
  const holder = randomUUID()
  for (let round = 0; round < rounds; round++) {
    const release = isGuarded ? await hold(store, lease, holder) : async () => {}
    const count = Number(await readFile(file, 'utf8'))
    await sleep(randomInt(1, 4))
    // Renamed into place: what others read is some count, never half of one.
    await writeFile(`${file}-${holder}`, String(count + 1))
    await rename(`${file}-${holder}`, file)
    await release()
  }
}

async function hold(store: CoordinationStore, lease: string, holder: string): Promise<() => Promise<unknown>> {
  const { signal } = new AbortController()
  for (;;) {
    const answer = await store.acquire(lease, holder, 30_000, signal)
    if (answer.kind === 'granted') return () => store.release(lease, holder, answer.epoch, signal)
    await sleep(randomInt(1, 5))
  }
}
