/** Names of chains, equal for what is equal. */
import type { IpVersion } from '@margay/netset'
import type { Group, Stage } from '../decide/group.ts'
import type { Names } from '../nft/names.ts'

export class ChainNames {
  readonly #names: Names

  constructor(names: Names) {
    this.#names = names
  }

  ofGroup({ stage, version, key }: Group): string {
    return this.#names.name(`${shortName(stage)}-${version}-`, '', key)
  }

  ofStage(stage: Stage, version: IpVersion): string {
    return this.#names.name(`${shortName(stage)}-${version}-own-`, '', stage.key)
  }
}

function shortName({ kind, direction }: Stage): string {
  return kind === 'Workload' ? direction.toLowerCase() : `${kind.toLowerCase()}-${direction.toLowerCase()}`
}
