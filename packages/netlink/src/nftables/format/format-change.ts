/** A change in a few words, for error texts and dry runs: without the elements and rules, which can be many. */
import type { Change, NftElements } from '../model.ts'
import { formatRule } from './format-rule.ts'
import { formatTableName } from './format-table.ts'

/** For example `add 3 elements to set "allowed" of table inet margay`. */
export function formatChange(change: Change): string {
  const table = `table ${formatTableName(change.table)}`
  switch (change.do) {
    case 'add-table':
      return `add ${table}`
    case 'delete-table':
      return `delete ${table}`
    case 'add-chain':
      return `add chain "${change.chain.name}" to ${table}`
    case 'flush-chain':
      return `flush chain "${change.chain}" of ${table}`
    case 'replace-rules':
      return `replace the rules of chain "${change.chain}" of ${table}: ${change.rules.map((rule) => formatRule(rule)).join('; ')}`
    case 'delete-chain':
      return `delete chain "${change.chain}" of ${table}`
    case 'delete-devices':
      return `delete devices ${change.devices.join(', ')} from chain "${change.chain.name}" of ${table}`
    case 'add-rule':
      return `add rule to chain "${change.chain}" of ${table}: ${formatRule(change.rule)}`
    case 'add-set':
      return `add set "${change.set.name}" to ${table}`
    case 'flush-set':
      return `flush set "${change.set}" of ${table}`
    case 'delete-set':
      return `delete set "${change.set}" of ${table}`
    case 'delete-object':
      return `delete ${change.object.kind} "${change.object.name}" of ${table}`
    case 'delete-flowtable':
      return `delete flowtable "${change.flowtable}" of ${table}`
    case 'add-elements':
      return `add ${count(change.elements)} to set "${change.set.name}" of ${table}`
    case 'delete-elements':
      return `delete ${count(change.elements)} from set "${change.set.name}" of ${table}`
  }
}

function count({ length }: NftElements): string {
  return length === 1 ? '1 element' : `${length} elements`
}
