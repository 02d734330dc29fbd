import { EscapementError } from '../kernel/errors.js'

/** The store answers, but something that its guarantees rely on does not hold. The message says what and what to do. */
export class StoreUnfitError extends EscapementError {
  constructor(message: string) {
    super('ERR_STORE_UNFIT', message)
  }
}
