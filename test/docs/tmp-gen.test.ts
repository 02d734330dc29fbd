import { readFileSync, writeFileSync } from 'node:fs'
import { it } from 'vitest'
import { diagramsIn, redraw } from './timing-diagram.js'
it('gen', async () => {
  let md = readFileSync('/tmp/blocks.md', 'utf8')
  for (const d of diagramsIn(md)) {
    const t = await redraw(d).catch((e) => `${d.text}\nERROR ${e.stack}`)
    md = md.replace(d.text + '\n```', t + '\n```')
  }
  writeFileSync('/tmp/blocks.out.md', md)
})
