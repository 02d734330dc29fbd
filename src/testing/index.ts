/** Escapement's kit for tests. */
export { VirtualClock } from './virtual-clock.js'
