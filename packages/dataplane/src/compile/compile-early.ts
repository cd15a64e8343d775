/** Host endpoints' untracked policy ▶ the table that drops at their devices what it denies; undefined where it denies nothing. */
import type { ChainContent, TableContent } from '@margay/netlink/nftables'
import type { IpVersion } from '@margay/netset'
import type { GoverningEndpoints, NodeSettings, PolicyState } from '@margay/policy'
import type { Stage } from '../decide/group.ts'
import type { Outcome } from '../decide/outcome.ts'
import type { Edition } from '../emit/address-maps.ts'
import type { ChainNames } from '../emit/chain-names.ts'
import { versions } from '../emit/dispatch.ts'
import { earlyTable, reprieveName } from '../emit/early-table.ts'
import { accept, drop, jump, rule } from '../emit/expressions.ts'
import { logLine } from '../emit/frame.ts'
import { Terminals } from '../emit/terminals.ts'
import type { Names } from '../nft/names.ts'
import type { HostAssignment } from './assign-hosts.ts'
import { FamilyCompiler, type PolicyContext } from './compile-policy.ts'
import type { NodeDevice } from './options.ts'

export interface EarlyInput {
  readonly devices: readonly NodeDevice[]
  readonly governing: GoverningEndpoints
  readonly hosts: readonly HostAssignment[]
}

export type EmitEarly = (edition: Edition) => TableContent | undefined

/** Compiles one state after another. Names and numbers may be shared with another table. */
export class EarlyCompiler {
  readonly #settings: NodeSettings
  readonly #chainNames: ChainNames
  readonly #families: readonly FamilyCompiler[]

  constructor(settings: NodeSettings, names: Names, shared: Omit<PolicyContext, 'terminals' | 'hosts'>) {
    this.#settings = settings
    this.#chainNames = shared.names
    this.#families = versions.map((version) => {
      const terminals = new EarlyTerminals(version, names, settings)
      return new FamilyCompiler(version, { ...shared, terminals, hosts: 'Told apart' })
    })
  }

  compile(state: PolicyState, input: EarlyInput): EmitEarly {
    const stageOf = stagesByDevice(input)
    if (!this.#settings.dropsEarly || stageOf.size === 0) return () => undefined
    const stages = [...new Set(stageOf.values())]
    const emits = this.#families.map((family) => family.compile(state, { groups: [], stages }))
    const entrances = [...stageOf].map(([device, stage]) => ({
      device,
      chainFor: (version: IpVersion) => this.#chainNames.ofStage(stage, version),
    }))
    return (edition) => {
      const parts = emits.map((emit) => emit(edition))
      const chains = parts.flatMap((part) => part.chains)
      if (!chains.some(drops)) return undefined
      const sets = parts.flatMap((part) => part.sets)
      return earlyTable({ entrances, failsafes: this.#settings }, { chains: [...chains, goOn], sets })
    }
  }
}

function drops({ rules }: ChainContent): boolean {
  return rules.some(({ expressions }) => expressions.includes(drop))
}

/** Devices with an untracked policy whose frames are judged as theirs before connection tracking as well. */
function stagesByDevice({ devices, governing, hosts }: EarlyInput): ReadonlyMap<string, Stage> {
  const untracked = hosts.filter(({ stage }) => stage.kind === 'Untracked' && stage.direction === 'Ingress')
  const stageOf = new Map(untracked.map(({ endpoint, stage }) => [endpoint, stage]))
  return new Map(
    devices.flatMap(({ name, handsOn }) => {
      const endpoint = governing.byInterface.get(name)
      const stage = endpoint === undefined ? undefined : stageOf.get(endpoint)
      return stage === undefined || handsOn ? [] : [[name, stage] as const]
    }),
  )
}

const goOn: ChainContent = { chain: { name: 'go-on' }, rules: [rule(accept)] }

/** Only a denial is final here; everything else counts, and logs, where it is decided. */
class EarlyTerminals {
  readonly #version: IpVersion
  readonly #denials: Terminals

  constructor(version: IpVersion, names: Names, settings: NodeSettings) {
    this.#version = version
    this.#denials = new Terminals(names, {
      before: [rule(jump(reprieveName(version)))],
      actions: () => [drop],
      logLine: logLine(settings),
    })
  }

  named(names: Iterable<string>): ChainContent[] {
    return this.#denials.named(names)
  }

  chainFor(outcome: Outcome, stage: Stage): string {
    if (outcome.verdict !== 'Deny') return goOn.chain.name
    const { key, reason } = outcome
    return this.#denials.chainFor(
      { ...outcome, key: `${this.#version} ${key}`, reason: `early: ${reason}` },
      stage,
    )
  }
}
