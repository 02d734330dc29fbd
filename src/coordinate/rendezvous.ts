/**
 * Which member a key belongs to: all who know the same members agree, without asking each other.
 *
 * Weighted rendezvous hashing. Each member draws a number for each key, and the highest draw has it; a draw depends on
 * nothing but the key and the member. So when a member leaves, its keys go to those who came second, and no other key
 * moves; when one joins, it takes from each the share that is its own. The draw `-weight / ln(h)`, with `h` uniform in
 * (0, 1), is the highest with a probability proportional to the weight.
 *
 * D. Thaler, C. V. Ravishankar: "Using Name-Based Mappings to Increase Hit Rates", IEEE/ACM Transactions on Networking 6(1),
 * 1998. The weights: J. Resch, "New Hashing Algorithms for Data Storage", SNIA Storage Developer Conference, 2015.
 */
import type { Member } from './ports.js'

/** The id of the member that `key` belongs to, whatever the order of the members; undefined when none has a weight above 0. */
export function ownerOf(key: string, members: readonly Member[]): string | undefined {
  let owner: string | undefined
  let highest = 0
  for (const { id, weight } of members) {
    if (!(weight > 0)) continue
    const draw = -weight / Math.log(hash(key, id))
    if (owner === undefined || draw > highest || (draw === highest && id < owner)) {
      owner = id
      highest = draw
    }
  }
  return owner
}

const TWO_TO_32 = 2 ** 32
const TWO_TO_52 = 2 ** 52

/**
 * A number above 0 and below 1 for a pair of strings: the same on every machine, for ever. 52 bits, so that the half that
 * keeps it off the ends is exact.
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
    // An end that is no unit: ('ab', 'c') is not ('a', 'bc').
    low = Math.imul(low ^ 0x10000, 0x9e3779b1)
    high = Math.imul(high ^ 0x10000, 0x5f356495)
  }
  const mixedLow = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35)
  const mixedHigh = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(mixedLow ^ (mixedLow >>> 13), 0xc2b2ae35)
  return ((mixedHigh >>> 12) * TWO_TO_32 + (mixedLow >>> 0) + 0.5) / TWO_TO_52
}
