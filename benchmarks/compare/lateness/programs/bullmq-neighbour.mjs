import { neighbour } from './job.mjs'

export default async () => neighbour()
