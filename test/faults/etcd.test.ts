import { describe } from 'vitest'
import { backendFaults } from './support/backend-faults.js'
import { backend } from './support/backends.js'

const store = await backend('etcd')

if (store) backendFaults(store)
else describe.skip('instances that share etcd', () => {})
