/**
 * Desired against known ▶ the commands of one nft transaction that turns the one into the other.
 *
 * What rules name is made before them and removed after them; base chains are never removed, so no hook is ever missing;
 * a chain that changes is emptied and filled within the transaction. A packet that is under way sees the rules as they were,
 * but look-ups as they are: what a look-up newly leads to has to be there before (see render-transactions.ts).
 */
import { type NftChain, type NftMap, type NftSet, type NftTable, quote, tableName } from '../nft/table.ts'

/** What is in the kernel before: all of it, or only the names, when this process did not make it. */
export type Known =
  | { readonly kind: 'Exact'; readonly table: NftTable }
  | {
      readonly kind: 'NamesOnly'
      readonly sets: readonly string[]
      readonly maps: readonly string[]
      readonly chains: readonly string[]
    }

/** The commands for `nft -f -`, or an empty text when nothing differs. */
export function renderDelta(known: Known, desired: NftTable): string {
  const commands = known.kind === 'Exact' ? changes(known.table, desired) : replacement(known, desired)
  return commands.length === 0 ? '' : `${commands.join('\n')}\n`
}

const nothing: NftTable = { sets: new Map(), maps: new Map(), chains: new Map() }

/** Empties all that is there, removes what is not wanted, and fills the rest: one transaction, with no gap in it. */
function replacement(known: Known & { kind: 'NamesOnly' }, desired: NftTable): string[] {
  const stale = (names: readonly string[], wanted: ReadonlyMap<string, unknown>) =>
    names.filter((name) => !wanted.has(name))
  return [
    `add table ${tableName}`,
    `flush table ${tableName}`,
    ...known.maps.map((name) => `flush map ${tableName} ${name}`),
    ...known.sets.map((name) => `flush set ${tableName} ${name}`),
    ...stale(known.maps, desired.maps).map((name) => `delete map ${tableName} ${name}`),
    ...stale(known.chains, desired.chains).map((name) => `delete chain ${tableName} ${name}`),
    ...stale(known.sets, desired.sets).map((name) => `delete set ${tableName} ${name}`),
    ...changes(nothing, desired),
  ]
}

function changes(known: NftTable, desired: NftTable): string[] {
  const added = [...desired.chains].filter(([name]) => !known.chains.has(name))
  const filled = [...desired.chains].filter(([name, chain]) => !sameRules(known.chains.get(name), chain))
  return [
    ...setChanges(known.sets, desired.sets),
    ...[...desired.maps].filter(([name]) => !known.maps.has(name)).map(([name, map]) => addMap(name, map)),
    ...added.map(([name, chain]) => addChain(name, chain)),
    ...filled.flatMap(([name, chain]) => fillChain(name, chain, known.chains.has(name))),
    ...[...desired.maps].flatMap(([name, map]) => mapChanges(name, known.maps.get(name), map)),
    ...removals(known, desired),
  ]
}

function sameRules(known: NftChain | undefined, desired: NftChain): boolean {
  if (known?.rules.length !== desired.rules.length) return false
  return known.rules.every((rule, i) => rule === desired.rules[i])
}

function addChain(name: string, { hook }: NftChain): string {
  return `add chain ${tableName} ${name}${hook === undefined ? '' : ` { ${hook} }`}`
}

function fillChain(name: string, { rules }: NftChain, exists: boolean): string[] {
  const added = rules.map((rule) => `add rule ${tableName} ${name} ${rule}`)
  return exists ? [`flush chain ${tableName} ${name}`, ...added] : added
}

function setChanges(known: ReadonlyMap<string, NftSet>, desired: ReadonlyMap<string, NftSet>): string[] {
  return [...desired].flatMap(([name, set]) => {
    const before = known.get(name)
    return [
      ...(before === undefined ? [addSet(name, set)] : []),
      ...elements('delete', name, before?.elements.difference(set.elements) ?? new Set()),
      ...elements(
        'add',
        name,
        before === undefined ? set.elements : set.elements.difference(before.elements),
      ),
    ]
  })
}

function addSet(name: string, { type, interval, comment }: NftSet): string {
  const flags = interval ? ' flags interval;' : ''
  return `add set ${tableName} ${name} { type ${type};${flags} comment ${quote(comment)}; }`
}

function elements(verb: 'add' | 'delete', set: string, values: ReadonlySet<string>): string[] {
  return values.size === 0 ? [] : [`${verb} element ${tableName} ${set} { ${[...values].join(', ')} }`]
}

function addMap(name: string, { type }: NftMap): string {
  return `add map ${tableName} ${name} { type ${type}; }`
}

function mapChanges(name: string, known: NftMap | undefined, desired: NftMap): string[] {
  const before = known?.elements ?? new Map()
  const changed = [...desired.elements].filter(([key, { verdict }]) => before.get(key)?.verdict !== verdict)
  const gone = [...before.keys()].filter((key) => !desired.elements.has(key))
  const replaced = changed.map(([key]) => key).filter((key) => before.has(key))
  return [
    ...elements('delete', name, new Set([...gone, ...replaced])),
    ...elements(
      'add',
      name,
      new Set(changed.map(([key, it]) => `${key} comment ${quote(it.comment)} : ${it.verdict}`)),
    ),
  ]
}

/** Chains are emptied first, since one that goes may jump to another that goes. */
function removals(known: NftTable, desired: NftTable): string[] {
  const gone = (before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>) =>
    [...before.keys()].filter((name) => !after.has(name))
  const chains = gone(known.chains, desired.chains)
  return [
    ...gone(known.maps, desired.maps).map((name) => `delete map ${tableName} ${name}`),
    ...chains.map((name) => `flush chain ${tableName} ${name}`),
    ...chains.map((name) => `delete chain ${tableName} ${name}`),
    ...gone(known.sets, desired.sets).map((name) => `delete set ${tableName} ${name}`),
  ]
}
