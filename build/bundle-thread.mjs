/**
 * `node build/bundle-thread.mjs [FOLDER]`, where FOLDER is `dist` unless it is given.
 *
 * Puts everything that a service thread loads into one file, because it is the number of files that makes a thread expensive
 * (docs/architecture.md, "Decisions"; `npm run bench -- threads`).
 *
 * Works on the output of `tsc`. The modules that `src/index.js` and `workers/host.js` import, directly or not, go into
 * `src/thread-bundle.js`, with the npm packages that they import. Each of these modules then becomes a file that re-exports its names
 * from the bundle: every other file of `dist/` keeps its imports, and a class exists once whichever way it is imported.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { build } from 'esbuild'
import { licensesOf } from './licenses.mjs'

const ENTRIES = ['src/index.js', 'workers/host.js']
const BUNDLE = 'src/thread-bundle.js'
const LICENSES = 'src/thread-bundle-licenses.txt'

const COMMON = { bundle: true, format: 'esm', platform: 'node', write: false, metafile: true, outdir: '.' }

/** Returns the modules that went into the bundle, as paths in `dist`. */
async function bundleThread(dist) {
  if (existsSync(join(dist, BUNDLE))) throw new Error(`${join(dist, BUNDLE)} exists: build into an empty folder`)
  const modules = await modulesLoadedWith(ENTRIES, dist)
  const exported = withBundleNames(await exportsOf(modules, dist))
  const { outputFiles, metafile } = await build({
    ...COMMON,
    stdin: { contents: exported.map(exportStatement).join('\n'), resolveDir: resolve(dist) },
    outdir: undefined,
    outfile: join(dist, BUNDLE),
    target: 'node20',
    sourcemap: true,
    sourcesContent: false,
    // Otherwise a class that names itself, such as RemoteError, would be called _RemoteError.
    keepNames: true,
    // The npm packages are CommonJS.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'\nconst require = requireFrom(import.meta.url)",
    },
    plugins: [leaveOutside(new Set(modules), dist)],
  })
  for (const { path, contents } of outputFiles) writeFileSync(path, contents)
  const packageFiles = Object.keys(metafile.inputs).filter((file) => !isWithin(dist, file))
  writeFileSync(join(dist, LICENSES), licensesOf(packageFiles, 'thread-bundle.js'))
  for (const one of exported) {
    writeFileSync(join(dist, one.module), reExport(one))
    rmSync(join(dist, `${one.module}.map`))
  }
  return modules
}

/** The entries and what they import, directly or not; what only `import()` loads is not among it. */
async function modulesLoadedWith(entries, dist) {
  const entryPoints = entries.map((entry) => `./${entry}`)
  const { metafile } = await build({ ...COMMON, absWorkingDir: resolve(dist), entryPoints, packages: 'external' })
  const found = new Set(entries)
  for (const module of found) {
    for (const { path, kind, external } of metafile.inputs[module].imports) {
      if (kind === 'import-statement' && !external) found.add(path)
    }
  }
  return [...found]
}

/** The exports of each module. Modules that contain only types export nothing, and are left out. */
async function exportsOf(modules, dist) {
  const entryPoints = modules.map((module) => `./${module}`)
  const { metafile } = await build({
    ...COMMON,
    absWorkingDir: resolve(dist),
    entryPoints,
    outbase: '.',
    bundle: false,
  })
  return Object.values(metafile.outputs)
    .map(({ entryPoint, exports }) => ({ module: entryPoint, names: exports }))
    .filter(({ names }) => names.length > 0)
}

/** Gives each export the name that it has in the bundle: its own, with a number when that is taken. */
function withBundleNames(exported) {
  const taken = new Set(['default'])
  const nameInBundle = (name) => {
    let free = name
    for (let number = 2; taken.has(free); number++) free = `${name}_${number}`
    taken.add(free)
    return free
  }
  return exported.map(({ module, names }) => ({ module, names: names.map((name) => [name, nameInBundle(name)]) }))
}

function exportStatement({ module, names }) {
  return `export { ${names.map(([name, inBundle]) => `${name} as ${inBundle}`).join(', ')} } from './${module}'`
}

function reExport({ module, names }) {
  const path = slashed(relative(dirname(module), BUNDLE))
  return `export { ${names.map(([name, inBundle]) => `${inBundle} as ${name}`).join(', ')} } from '${path}'\n`
}

/** Leaves out of the bundle what is loaded later with `import()`, and says where it is, seen from the bundle. */
function leaveOutside(modules, dist) {
  return {
    name: 'leave-outside',
    setup({ onResolve }) {
      onResolve({ filter: /.*/ }, ({ path, kind, resolveDir }) => {
        if (kind === 'dynamic-import' && !path.startsWith('.')) return { path, external: true }
        const file = resolve(resolveDir, path)
        const isOurs = path.startsWith('.') && isWithin(dist, resolveDir)
        if (!isOurs || modules.has(slashedWithin(dist, file))) return undefined
        return { path: slashed(relative(dirname(resolve(dist, BUNDLE)), file)), external: true }
      })
    },
  }
}

function slashedWithin(folder, file) {
  return relative(resolve(folder), file).split(sep).join('/')
}

function isWithin(folder, path) {
  return !slashedWithin(folder, path).startsWith('..')
}

function slashed(path) {
  const text = path.split(sep).join('/')
  return text.startsWith('.') ? text : `./${text}`
}

const dist = process.argv[2] ?? 'dist'
const modules = await bundleThread(dist)
console.log(`${modules.length} modules are in ${join(dist, BUNDLE)}`)
