/**
 * `node watcher.mjs URL`: connects to the event stream and never reads from it, and scrapes once a second. Answers `begin` with nothing,
 * `reconnect` with a new connection, and `end` with what the scrapes between `begin` and `end` took.
 */
import { connect } from 'node:net'

const SCRAPE_EVERY_MS = 1_000
const { hostname, port, host } = new URL(process.argv[2])

const stall = () => {
  const socket = connect(Number(port), hostname)
  // A paused socket reads nothing, so the kernel's buffers fill up and then the server's.
  socket.pause()
  socket.on('error', () => {})
  socket.once('connect', () => {
    socket.write(`GET /api/events HTTP/1.1\r\nhost: ${host}\r\n\r\n`, () => process.send('ready'))
  })
}

let cpuBefore
const scrapeMs = []
const scrape = async () => {
  const begun = performance.now()
  await (await fetch(`http://${host}/metrics`)).text()
  scrapeMs.push(performance.now() - begun)
}

stall()
setInterval(scrape, SCRAPE_EVERY_MS)
process.on('message', (message) => {
  switch (message) {
    case 'begin':
      cpuBefore = process.cpuUsage()
      scrapeMs.length = 0
      return
    case 'reconnect':
      return stall()
    case 'end': {
      const { user, system } = process.cpuUsage(cpuBefore)
      process.send({ cpuMs: (user + system) / 1_000, scrapeMs }, () => process.exit())
    }
  }
})
