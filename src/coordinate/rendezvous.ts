/**
 * Decides which member owns a key. Instances with the same list of members agree without communicating.
 *
 * Weighted rendezvous hashing: each member has a score for each key, and the member with the highest score owns the key. A
 * score depends only on the key and the member. So when a member leaves, each of its keys goes to the member with the
 * second highest score and no other key moves; when a member joins, it takes its share from all others. The score
 * `-weight / ln(h)`, with `h` uniform in (0, 1), is the highest with a probability proportional to the weight.
 *
 * D. Thaler, C. V. Ravishankar: "Using Name-Based Mappings to Increase Hit Rates", IEEE/ACM Transactions on Networking 6(1),
 * 1998. The weights: J. Resch, "New Hashing Algorithms for Data Storage", SNIA Storage Developer Conference, 2015.
 */
import type { Member } from './ports.js'

/** The id of the member that owns `key`, independent of the order of `members`; undefined when no weight is above 0. */
export function ownerOf(key: string, members: readonly Member[]): string | undefined {
  let owner: string | undefined
  let highest = 0
  for (const { id, weight } of members) {
    if (!(weight > 0)) continue
    const score = -weight / Math.log(hash(key, id))
    if (owner === undefined || score > highest || (score === highest && id < owner)) {
      owner = id
      highest = score
    }
  }
  return owner
}

const TWO_TO_32 = 2 ** 32
const TWO_TO_52 = 2 ** 52

/**
 * Maps a pair of strings to a number above 0 and below 1, the same on every machine and in every version. It has 52 bits,
 * so that adding the half that excludes 0 and 1 is exact.
 *
 * Two multiplicative passes of 32 bits each over the UTF-16 units, in the manner of FNV-1a but with odd constants of 32
 * bits, and the finaliser of MurmurHash3 (A. Appleby) across both, as in cyrb53 (bryc, public domain).
 */
function hash(key: string, id: string): number {
  let low = 0xdeadbeef
  let high = 0x41c6ce57
  for (const text of [key, id]) {
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at)
      low = Math.imul(low ^ unit, 0x9e3779b1)
      high = Math.imul(high ^ unit, 0x5f356495)
    }
    // A terminator that no UTF-16 unit equals, so that ('ab', 'c') and ('a', 'bc') differ.
    low = Math.imul(low ^ 0x10000, 0x9e3779b1)
    high = Math.imul(high ^ 0x10000, 0x5f356495)
  }
  const mixedLow = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35)
  const mixedHigh = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(mixedLow ^ (mixedLow >>> 13), 0xc2b2ae35)
  return ((mixedHigh >>> 12) * TWO_TO_32 + (mixedLow >>> 0) + 0.5) / TWO_TO_52
}
