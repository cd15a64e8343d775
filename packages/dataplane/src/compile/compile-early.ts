/** Host endpoints' untracked policy ▶ the table that drops at their devices what it denies; undefined where it denies nothing. */
import type { ChainContent, TableContent } from '@margay/netlink/nftables'
import type { IpVersion } from '@margay/netset'
import { type GoverningEndpoints, type NodeSettings, type PolicyState, Readings } from '@margay/policy'
import type { Stage } from '../decide/group.ts'
import type { Outcome } from '../decide/outcome.ts'
import { versions } from '../emit/dispatch.ts'
import { earlyTable, reprieveName } from '../emit/early-table.ts'
import { accept, drop, jump, rule } from '../emit/expressions.ts'
import { logLine } from '../emit/frame.ts'
import { Terminals } from '../emit/terminals.ts'
import { type FamilyContext, LiveFamily } from '../live/live-family.ts'
import { LiveTable } from '../live/live-table.ts'
import { Targets } from '../live/targets.ts'
import type { Names } from '../nft/names.ts'
import { table } from '../nft/table.ts'
import type { HostAssignment } from './assign-hosts.ts'
import type { NodeDevice } from './options.ts'

export interface EarlyInput {
  readonly devices: readonly NodeDevice[]
  readonly governing: GoverningEndpoints
  readonly hosts: readonly HostAssignment[]
}

type Shared = Omit<FamilyContext, 'table' | 'targets' | 'readings' | 'hosts' | 'edition'>

/** From nothing each time: few nodes have such policy, and it says little. Names and numbers may be shared with another table. */
export class EarlyCompiler {
  readonly #settings: NodeSettings
  readonly #shared: Shared

  constructor(settings: NodeSettings, shared: Shared) {
    this.#settings = settings
    this.#shared = shared
  }

  compile(state: PolicyState, input: EarlyInput): TableContent | undefined {
    const stageOf = stagesByDevice(input)
    if (!this.#settings.dropsEarly || stageOf.size === 0) return undefined
    const early = new LiveTable(table('netdev'))
    for (const version of versions) this.#judge(state, version, new Set(stageOf.values()), early)
    const { chains, sets } = early.content()
    if (!chains.values().some(drops)) return undefined
    const entrances = [...stageOf].map(([device, stage]) => ({
      device,
      chainFor: (version: IpVersion) => this.#shared.chainNames.ofStage(stage, version),
    }))
    const parts = { chains: [...chains.values(), goOn], sets: [...sets.values()] }
    return earlyTable({ entrances, failsafes: this.#settings }, parts)
  }

  #judge(state: PolicyState, version: IpVersion, stages: ReadonlySet<Stage>, early: LiveTable): void {
    const terminals = new EarlyTerminals(version, this.#shared.names, this.#settings)
    const targets = new Targets(early, this.#shared.names, terminals)
    const own = { table: early, targets, readings: new Readings() }
    const context = { ...this.#shared, ...own, hosts: 'Told apart', edition: 0 } as const
    const family = new LiveFamily(version, context)
    for (const it of state.endpoints.values()) family.classes.place(it)
    for (const it of state.hostEndpoints.values())
      family.classes.place({ ...it, addresses: it.expectedAddresses })
    family.classes.setNetworkSets(state.networkSets)
    for (const stage of stages) family.expectStage(stage)
    family.settle()
    for (const stage of stages) family.addStage(stage)
    family.move()
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
