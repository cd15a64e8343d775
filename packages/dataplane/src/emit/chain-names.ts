/** Names of chains, equal for what is equal. */
import type { IpVersion } from '@margay/netset'
import type { Group, Stage } from '../decide/group.ts'
import type { Names } from '../nft/names.ts'

export class ChainNames {
  readonly #names: Names
  readonly #byGroup = new WeakMap<Group, string>()

  constructor(names: Names) {
    this.#names = names
  }

  ofGroup(group: Group): string {
    const known = this.#byGroup.get(group)
    if (known !== undefined) return known
    const { stage, version, key } = group
    const name = this.#names.name(`${shortName(stage)}-${version}-`, '', key)
    this.#byGroup.set(group, name)
    return name
  }

  ofStage(stage: Stage, version: IpVersion): string {
    return this.#names.name(`${shortName(stage)}-${version}-own-`, '', stage.key)
  }
}

function shortName({ kind, direction, isStaged }: Stage): string {
  const place = kind === 'Workload' ? direction : `${kind}-${direction}`
  return `${isStaged ? 'staged-' : ''}${place.toLowerCase()}`
}
