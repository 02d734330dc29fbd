/** Opens a store as if a package were not installed, and prints its backend or the error. Arguments: package, URL. */
import { register } from 'node:module'
import { openStore } from '../../src/coordinate/stores/open-store.js'
import { systemClock } from '../../src/kernel/clock.js'

const [client, url] = process.argv.slice(2)

const hook = `
  export async function resolve(specifier, context, next) {
    return next(specifier === '${client}' ? 'no-such-package' : specifier, context)
      .catch((error) => {
        error.message = error.message.replace('no-such-package', '${client}')
        throw error
      })
  }`
register(`data:text/javascript,${encodeURIComponent(hook)}`)

try {
  const store = await openStore({ url: url!, namespace: 'escapement', onError: () => {} }, systemClock())
  console.log(store.backend)
  await store.close()
} catch (error) {
  const { name, code, message } = error as Error & { code: string }
  console.log(name, code, message)
}
