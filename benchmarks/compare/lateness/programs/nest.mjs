/** The decorators are applied by hand, because this is plain JavaScript. */
import 'reflect-metadata'
import { Injectable, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { Interval, ScheduleModule } from '@nestjs/schedule'
import { blockNowAndThen, hasNeighbour, intervalMs, job, neighbour, neighbourSeconds, scheduled } from './job.mjs'

class Jobs {
  measured() {
    return job()
  }
  neighbour() {
    neighbour()
  }
}
const every = (milliseconds, method) =>
  Interval(milliseconds)(Jobs.prototype, method, Object.getOwnPropertyDescriptor(Jobs.prototype, method))
every(intervalMs, 'measured')
if (hasNeighbour) every(neighbourSeconds * 1_000, 'neighbour')
Injectable()(Jobs)

class App {}
Module({ imports: [ScheduleModule.forRoot()], providers: [Jobs] })(App)

// Nest arms its intervals somewhere within the start of the application: the moment is noted when it arms the first.
const { setInterval } = globalThis
globalThis.setInterval = (...args) => {
  scheduled()
  globalThis.setInterval = setInterval
  return setInterval(...args)
}
await NestFactory.createApplicationContext(App, { logger: false })
blockNowAndThen()
