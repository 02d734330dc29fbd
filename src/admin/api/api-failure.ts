/** A request that is refused: what the caller is told, as {@link ApiError}. */
import type { ApiError } from './schemas.js'

export class ApiFailure extends Error {
  readonly statusCode: number
  readonly code: string
  readonly advice: string | undefined

  constructor(statusCode: number, code: string, message: string, advice?: string) {
    super(message)
    this.statusCode = statusCode
    this.code = code
    this.advice = advice
  }

  get body(): ApiError {
    return { error: this.message, code: this.code, ...(this.advice !== undefined && { advice: this.advice }) }
  }
}
