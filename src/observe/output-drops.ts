import { OUTPUT_DROP_REASONS, type OutputMemory } from '../kernel/output/output-memory.js'
import { type ExportedMetric, exported } from './exported-metric.js'
import { METRICS } from './metric-table.js'

/** The metric of the lines that were dropped. */
export function outputDrops(memory: Pick<OutputMemory, 'drops'>): ExportedMetric {
  return exported(METRICS.outputDropped, (add) => {
    for (const reason of OUTPUT_DROP_REASONS) add({ reason }, memory.drops(reason))
  })
}
