/** Starts the tests that take minutes before the others, so that no core waits for them at the end. */
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const LONG = /\/test\/(faults|browser)\//

export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: TestSpecification) => LONG.test(moduleId)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}
