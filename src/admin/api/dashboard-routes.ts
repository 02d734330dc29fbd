/** The dashboard at `/` and what it loads. Its files are the same for everybody, so they need no token. */
import { fileURLToPath } from 'node:url'
import { fastifyStatic } from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { ASSETS_FOLDER, page, pageAddress } from '../dashboard/page.js'
import { mayControl, mayRead, type Tokens } from './guards.js'
import type { Views } from './views.js'

export async function addDashboard(app: FastifyInstance, views: Views, tokens: Tokens): Promise<void> {
  await app.register(fastifyStatic, {
    root: fileURLToPath(ASSETS_FOLDER),
    prefix: '/assets/',
    // One route for each file that is there now: no path leads out of the folder.
    wildcard: false,
    index: false,
    decorateReply: false,
  })
  app.get('/', { schema: { summary: 'The dashboard.' } }, async (request, reply) => {
    void reply.type('text/html; charset=utf-8').header('cache-control', 'no-store')
    // A browser sends no token for a page: the page asks for it, and sends it with all that it reads.
    if (!mayRead(request, tokens)) return page(undefined)
    const address = pageAddress(new URL(request.url, 'http://localhost').searchParams)
    const [status, entrypoints, threads, detail] = await Promise.all([
      views.status(mayControl(request, tokens)),
      views.entrypoints({ cells: 60 }),
      views.threads(),
      address.entrypoint === undefined ? undefined : views.entrypoint(address.entrypoint),
    ])
    const [services, changes] = [views.services(), views.changes()]
    return page({
      ...{ address, status, entrypoints, threads, services, changes },
      ...views.leases(),
      ...(detail && { detail }),
    })
  })
}
