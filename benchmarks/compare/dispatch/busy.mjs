/** Runs as its own process: counts the no-op runs of a pool, all the time with as many in flight. Prints JSON. */
import { measureThroughput } from '../../dispatch/throughput.mjs'
import { POOLS } from './pools.mjs'

const [name, seconds, inFlight] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])]

const pool = await POOLS[name]('noop', inFlight)
process.stdout.write(JSON.stringify(await measureThroughput(pool.run, inFlight, seconds)), () => process.exit())
