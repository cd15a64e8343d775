/**
 * Desired against known ▶ the transactions that turn the one into the other: new chains are made ready in one of their own.
 *
 * A packet that is under way while a transaction is committed goes on with the rules of the old generation, but looks up
 * elements of the new one. A map that newly leads to a chain of the same transaction would lead such a packet to a chain
 * that, in the old generation, is empty. A chain that an earlier transaction has filled is there in both.
 *
 * Source  Linux, net/netfilter: nft_do_chain reads the generation once for each packet, look-ups in sets read it again;
 *         nf_tables_commit. Found by a flood of packets; tests/kernel/chains-change-under-flood.test.ts.
 */
import type { NftChain, NftSet, NftTable } from '../nft/table.ts'
import { type Known, renderDelta } from './render-delta.ts'

/** What nothing leads to yet: to be there before something does. */
interface Fresh {
  readonly sets: ReadonlyMap<string, NftSet>
  readonly chains: ReadonlyMap<string, NftChain>
}

/** Each is one `nft -f -`, to be applied in order; none when nothing differs. */
export function renderTransactions(known: Known, desired: NftTable): string[] {
  const fresh = isEmpty(known) ? undefined : freshOf(known, desired)
  const steps =
    fresh === undefined || fresh.chains.size === 0
      ? [renderDelta(known, desired)]
      : [renderDelta(nothing, { ...fresh, maps: new Map() }), renderDelta(withFresh(known, fresh), desired)]
  return steps.filter((commands) => commands !== '')
}

const nothing: Known = { kind: 'Exact', table: { sets: new Map(), maps: new Map(), chains: new Map() } }

/** Before the first table nothing is enforced, so nothing can go wrong in between. */
function isEmpty(known: Known): boolean {
  return known.kind === 'Exact' ? known.table.chains.size === 0 : known.chains.length === 0
}

function freshOf(known: Known, desired: NftTable): Fresh {
  const { sets, chains } = known.kind === 'Exact' ? namesOf(known.table) : known
  return { sets: without(desired.sets, sets), chains: without(desired.chains, chains) }
}

function namesOf(table: NftTable): { sets: readonly string[]; chains: readonly string[] } {
  return { sets: [...table.sets.keys()], chains: [...table.chains.keys()] }
}

function without<T>(objects: ReadonlyMap<string, T>, names: readonly string[]): Map<string, T> {
  const there = new Set(names)
  return new Map([...objects].filter(([name]) => !there.has(name)))
}

function withFresh(known: Known, { sets, chains }: Fresh): Known {
  if (known.kind === 'NamesOnly')
    return { ...known, sets: [...known.sets, ...sets.keys()], chains: [...known.chains, ...chains.keys()] }
  const { table } = known
  const union = {
    ...table,
    sets: new Map([...table.sets, ...sets]),
    chains: new Map([...table.chains, ...chains]),
  }
  return { kind: 'Exact', table: union }
}
