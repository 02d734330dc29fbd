/** Keeps a core busy until it is killed, or until who started it has died. */
const parent = process.ppid

while (process.ppid === parent) {
  for (let count = 0; count < 1_000_000; count++) Math.sqrt(Math.random())
}
