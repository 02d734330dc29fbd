import { describe, expect, it } from 'vitest'
import { rpc, service } from '../../src/define/decorators.js'
import { fromConfig } from '../../src/define/options/from-config.js'
import { type Anything, decorate, describeExports, problemsOf } from './support.js'

/** A class with one rpc and `@service` with this argument. */
function marked(options: Anything) {
  class Jobs {
    status() {}
  }
  decorate(Jobs, 'status', rpc())
  service(options)(Jobs)
  return Jobs
}

describe('@service', () => {
  it('a service with only a name has one thread in its own pool', () => {
    expect(describeExports({ Jobs: marked('jobs') })).toEqual([
      {
        name: 'jobs',
        module: 'file:///jobs.js',
        exportName: 'Jobs',
        pool: 'jobs',
        threads: 1,
        standby: false,
        resourceLimits: {},
        nice: 0,
        recycle: {},
        timers: [],
        leases: [],
        usesMembers: false,
        rpcs: [{ kind: 'rpc', id: 'jobs.status', service: 'jobs', method: 'status' }],
      },
    ])
  })

  it('a service accepts every option, also from the configuration', () => {
    const options = {
      name: 'jobs',
      threads: fromConfig('THREADS', 2),
      pool: 'small',
      standby: true,
      resourceLimits: { maxOldGenerationSizeMb: 64, stackSizeMb: fromConfig('STACK', 2) },
      nice: 19,
    }
    expect(describeExports({ Jobs: marked(options) }, { config: { THREADS: '4' } })[0]).toMatchObject({
      threads: 4,
      pool: 'small',
      standby: true,
      resourceLimits: { maxOldGenerationSizeMb: 64, stackSizeMb: 2 },
      nice: 19,
    })
  })

  it.each(['jobs', 'Jobs2', '_jobs', 'user-service', 'a', 'a'.repeat(64)])('a service accepts the name %j', (name) => {
    expect(describeExports({ Jobs: marked(name) })[0]).toMatchObject({ name })
  })

  it.each(['', 'my.service', 'my service', '2jobs', '-jobs', 'jobs:1', 'jöbs', 'a'.repeat(65), 5, null, undefined])(
    'a service refuses the name %j',
    (name) => {
      const given = name === undefined ? 'undefined' : JSON.stringify(name)
      expect(problemsOf({ Jobs: marked(name) })).toEqual([
        `the service exported as "Jobs": option "name" must be a name of letters, digits, "_" and "-", beginning with a letter or "_", at most 64 characters, got ${given}`,
      ])
    },
  )

  it.each([
    [{ threads: 0 }, 'option "threads" must be a whole number from 1 to 256, got 0'],
    [{ threads: '2' }, 'option "threads" must be a whole number from 1 to 256, got "2"'],
    [{ nice: 20 }, 'option "nice" must be a whole number from 0 to 19, got 20'],
    [{ nice: -1 }, 'option "nice" must be a whole number from 0 to 19, got -1'],
    [{ standby: 'yes' }, 'option "standby" must be true or false, got "yes"'],
    [{ theads: 2 }, 'option "theads" is not known, did you mean "threads"?'],
    [{ instances: 2 }, 'option "instances" is not known: it was renamed to "threads"'],
    [{ resourceLimits: 64 }, 'option "resourceLimits" must be an object, got 64'],
    [
      { resourceLimits: { stackSizeMb: 0 } },
      'option "resourceLimits.stackSizeMb" must be a number of megabytes above 0, got 0',
    ],
    [
      { resourceLimits: { stackSize: 4 } },
      'option "resourceLimits.stackSize" is not known, did you mean "stackSizeMb"?',
    ],
    [{ timers: {} }, 'option "timers" is for defineService(): a class is decorated instead'],
    [
      { threads: fromConfig('X') },
      'option "threads" is read from "X" of the configuration, which is not set and has no fallback',
    ],
  ])('a service refuses the options %j', (options, problem) => {
    expect(problemsOf({ Jobs: marked({ name: 'jobs', ...options }) })).toEqual([`jobs: ${problem}`])
  })

  it('a service refuses a pool whose name is not a valid service name', () => {
    expect(problemsOf({ Jobs: marked({ name: 'jobs', pool: 'a b' }) })).toEqual([
      'jobs: option "pool" must be a name of letters, digits, "_" and "-", beginning with a letter or "_", at most 64 characters, got "a b"',
    ])
  })

  it('a service refuses a list of options', () => {
    expect(problemsOf({ Jobs: marked(['jobs']) })).toEqual([
      'the service exported as "Jobs": options must be an object, got ["jobs"]',
    ])
  })

  it('a service may read its name from the configuration, which only JavaScript allows', () => {
    const [jobs] = describeExports({ Jobs: marked({ name: fromConfig('NAME') }) }, { config: { NAME: 'night_jobs' } })
    expect(jobs).toMatchObject({ name: 'night_jobs', rpcs: [{ id: 'night_jobs.status' }] })
  })
})

describe('the configuration of a service', () => {
  it('the configuration of a service overrides its own options, each limit separately', () => {
    const options = { name: 'jobs', threads: 1, nice: 5, resourceLimits: { stackSizeMb: 4, codeRangeSizeMb: 8 } }
    const services = {
      jobs: { threads: '3', standby: 'true', resourceLimits: { stackSizeMb: 16 } },
      other: { nice: 1 },
    }
    expect(describeExports({ Jobs: marked(options) }, { services })[0]).toMatchObject({
      threads: 3,
      standby: true,
      nice: 5,
      resourceLimits: { stackSizeMb: 16, codeRangeSizeMb: 8 },
    })
  })

  it.each([
    [{ theads: 2 }, 'option "theads" is not known, did you mean "threads"?'],
    [{ instances: 2 }, 'option "instances" is not known: it was renamed to "threads"'],
    [{ name: 'x' }, 'option "name" is not known: a service is named where it is defined'],
    [{ threads: 'many' }, 'option "threads" must be a whole number from 1 to 256, got "many"'],
    [null, 'options must be an object, got null'],
  ])('the configuration of a service is refused when it is %j', (jobs: Anything, problem) => {
    expect(problemsOf({ Jobs: marked('jobs') }, { services: { jobs } })).toEqual([
      `configuration: escapement.services.jobs: ${problem}`,
    ])
  })

  it('a service named like an inherited member of objects has no configuration', () => {
    expect(describeExports({ Jobs: marked('constructor') })[0]).toMatchObject({ threads: 1 })
  })
})
