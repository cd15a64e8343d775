/**
 * One ruleset ▶ the next: would a packet that is under way judge the new class of an address by old rules?
 *
 * The kernel reads which generation of rules a packet meets once, as it enters a base chain; each look-up reads the generation of
 * elements that is the current one at that moment. Source: Linux, nft_do_chain and nft_genmask_cur.
 */
import type { Ruleset, SetContent, TableContent } from '@margay/netlink/nftables'
import { elementIndex, hasSameRules } from '../reconcile/canonical.ts'
import { tableIn } from '../reconcile/changes-between.ts'

/** Where it is true, the maps of these names have to be others in the ruleset that comes. */
export function areMixed(before: Ruleset, after: Ruleset, addressMaps: readonly string[]): boolean {
  return after.some((content) => {
    const known = tableIn(before, content.table)
    return known !== undefined && isMixed(known, content, addressMaps)
  })
}

function isMixed(before: TableContent, after: TableContent, addressMaps: readonly string[]): boolean {
  const someMap = (differs: (from: SetContent, to: SetContent) => boolean) =>
    addressMaps.some((name) => {
      const [from, to] = [before.sets.get(name), after.sets.get(name)]
      return from !== undefined && to !== undefined && differs(from, to)
    })
  if (changesRules(before, after)) return someMap(hasOtherElements)
  return losesChains(before, after) && someMap(hasOtherClasses)
}

function changesRules({ chains }: TableContent, after: TableContent): boolean {
  return chains.values().some((from) => {
    const to = after.chains.get(from.chain.name)
    return to !== undefined && !hasSameRules(from, to)
  })
}

/** What goes is led to by old rules. */
function losesChains({ chains }: TableContent, after: TableContent): boolean {
  return chains.keys().some((name) => !after.chains.has(name))
}

function hasOtherElements(from: SetContent, to: SetContent): boolean {
  const [before, after] = [elementIndex(from), elementIndex(to)]
  return (
    before.size !== after.size || before.entries().some(([key, { text }]) => after.get(key)?.text !== text)
  )
}

/** Without hosts that come or go: with the chain of a pod goes its address, and that must not make all maps anew. */
function hasOtherClasses(from: SetContent, to: SetContent): boolean {
  if (from.set.interval === true) return hasOtherElements(from, to)
  const after = elementIndex(to)
  return elementIndex(from)
    .entries()
    .some(([key, { text }]) => after.has(key) && after.get(key)?.text !== text)
}
