/** Keeps a core busy for some milliseconds ten times a second, between the messages `begin` and `end`. */
import { setPriority } from 'node:os'

const PER_SECOND = 10
const [milliseconds, niceness] = process.argv.slice(2).map(Number)
setPriority(niceness)

let timer
const burn = () => {
  const { user, system } = process.cpuUsage()
  const used = () => {
    const now = process.cpuUsage()
    return (now.user + now.system - user - system) / 1_000
  }
  while (used() < milliseconds) Math.sqrt(Math.random())
}
process.on('message', (message) => {
  if (message === 'begin') {
    timer = setInterval(burn, 1_000 / PER_SECOND)
    return
  }
  clearInterval(timer)
  process.send('ended', () => process.exit())
})
