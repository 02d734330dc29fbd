/** The licenses of the npm packages that went into a bundle. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * @param inputs the files that went into the bundle
 * @param bundle what the bundle is called
 */
export function licensesOf(inputs, bundle) {
  const folders = inputs.flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0] ?? [])
  const texts = [...new Set(folders)].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const file = readdirSync(folder).find((found) => /^(licen[sc]e|copyrightnotice)/i.test(found))
    const text = file === undefined ? '' : `\n${readFileSync(join(folder, file), 'utf8').trim()}\n`
    return `${name} ${version} (${license})\n${text}`
  })
  return `${bundle} contains these packages:\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`
}
