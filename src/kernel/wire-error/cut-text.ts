/** The beginning of a text, at most `limit` characters of it, with a mark that says how many were cut off. */
export function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text
  const cut = text.slice(0, limit)
  // Half of a surrogate pair is no text.
  const whole = /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut
  return `${whole}[${text.length - whole.length} more characters]`
}

/**
 * A stack within `limit` characters. The message that begins it may be long: of it the first part is kept, so that the
 * frames, which say where, are kept as well.
 */
export function cutStack(stack: string, limit: number): string {
  if (stack.length <= limit) return stack
  const frames = stack.search(/\n\s+at /)
  if (frames < 0) return cutText(stack, limit)
  const head = cutText(stack.slice(0, frames), Math.floor(limit / 4))
  return head + cutText(stack.slice(frames), limit - Math.min(head.length, Math.floor(limit / 4)))
}
