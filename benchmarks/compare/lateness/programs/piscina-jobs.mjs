import { job } from './job.mjs'

export { neighbour } from './job.mjs'

export const measured = () => job()
