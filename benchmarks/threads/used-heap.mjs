import { getHeapStatistics } from 'node:v8'

/** Bytes in use in the heap of this thread. */
export const usedHeap = () => getHeapStatistics().used_heap_size
