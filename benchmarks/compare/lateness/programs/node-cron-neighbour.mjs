export { neighbour as task } from './job.mjs'
