/** A server on a free port of 127.0.0.1, for one test, which shows the views of a fake engine. */
import { Registry } from 'prom-client'
import { onTestFinished } from 'vitest'
import type { Control } from '../../../src/admin/api/control-routes.js'
import type { Tokens } from '../../../src/admin/api/guards.js'
import { createHttpServer, type HttpServer, type HttpServerOptions } from '../../../src/admin/server.js'
import type { ControlCommand } from '../../../src/kernel/control.js'
import { VirtualClock } from '../../../src/testing/virtual-clock.js'
import { FakeViews } from './fake-views.js'

export interface Served extends HttpServer {
  readonly views: FakeViews
  readonly clock: VirtualClock
  readonly commands: ControlCommand[]
  /** Readers that were disconnected because they were slow. */
  readonly dropped: { count: number }
}

export async function serve(
  options: Tokens & Partial<Omit<HttpServerOptions, 'api' | keyof Tokens>> = {},
  control: Control = async ({ action }) => ({ isDone: true, text: `${action}: done` }),
): Promise<Served> {
  const views = new FakeViews()
  const clock = new VirtualClock()
  const commands: ControlCommand[] = []
  const dropped = { count: 0 }
  const server = await createHttpServer({
    host: '127.0.0.1',
    port: 0,
    allowedHosts: [],
    registry: new Registry(),
    health: async () => ({ live: true, ready: true, problems: [] }),
    ...options,
    api: {
      views,
      clock,
      control(command) {
        commands.push(command)
        return control(command)
      },
      onReaderDropped() {
        dropped.count += 1
      },
    },
  })
  onTestFinished(() => server.close())
  return { ...server, views, clock, commands, dropped }
}
