/** The ledgers of an instance, read from its metrics. */
import { type Family, parseExposition } from '../../observe/exposition.js'
import type { LedgerReading } from './history.js'

export function ledgersIn(text: string, instance: string): LedgerReading[] {
  const families = parseExposition(text)
  return samplesOf(families, 'ticks_due_total').map(({ labels: { service, method }, value: due }) => {
    const own = (name: string) =>
      samplesOf(families, name).filter(({ labels }) => labels.service === service && labels.method === method)
    const by = (name: string, label: string) =>
      Object.fromEntries(own(name).map(({ labels, value }) => [labels[label]!, value]))
    const count = (name: string) => own(name)[0]?.value ?? 0
    return {
      instance,
      entrypoint: `${service}.${method}`,
      due,
      taken: count('ticks_taken_total'),
      handedOver: count('ticks_handed_over_total'),
      returned: count('ticks_returned_total'),
      skipped: by('ticks_skipped_total', 'reason'),
      runs: by('runs_total', 'outcome'),
      active: own('runs_active')[0]!.value,
      pending: own('ticks_pending')[0]!.value,
    }
  })
}

function samplesOf(families: ReadonlyMap<string, Family>, name: string): Family['samples'] {
  return families.get(`escapement_${name}`)?.samples ?? []
}
