/** Reads a URL ten times a second between the messages `begin` and `end`, then reports what that took. */
const PER_SECOND = 10
const url = process.argv[2]

let cpuBefore
let timer
const scrapesMs = []

const scrape = async () => {
  const begun = performance.now()
  await (await fetch(url)).text()
  scrapesMs.push(performance.now() - begun)
}
process.on('message', async (message) => {
  if (message === 'begin') {
    cpuBefore = process.cpuUsage()
    timer = setInterval(scrape, 1_000 / PER_SECOND)
    return
  }
  clearInterval(timer)
  const { user, system } = process.cpuUsage(cpuBefore)
  process.send({ cpuMs: (user + system) / 1_000, scrapesMs }, () => process.exit())
})
