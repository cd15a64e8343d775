/**
 * What a check should be answered: whom it means is found here once more, slowly, from the objects themselves, and each pair of pods that may be
 * meant is asked about.
 */
import { type Ip, parseIp } from '@margay/netset'
import {
  evaluate,
  type Flow,
  type FlowPeer,
  judgeWorkload,
  type PolicyState,
  protocols,
  type Rule,
  readRequest,
  type Sent,
} from '@margay/policy'
import type { ResourceObject } from '@margay/resources'
import { type Asked, services, trusted } from './checks.testkit.ts'
import { checkOf } from './judge.testkit.ts'
import type { JudgeOptions } from './policy-judge.ts'

export interface Model {
  readonly state: PolicyState
  readonly objects: readonly ResourceObject[]
  readonly options: JudgeOptions
}

export function expectedVerdict(model: Model, asked: Asked): 'Allow' | 'Deny' {
  const targets = targetsOf(model, asked)
  if (targets === undefined || targets.length === 0) return 'Deny'
  const all = targets.map((target) =>
    sourcesOf(model, asked, target.address).map((source) => ({ source, target })),
  )
  if (all.some((pairs) => pairs.length === 0)) return 'Deny'
  return all.flat().every(({ source, target }) => isAllowed(model, flowOf(model, asked, source, target)))
    ? 'Allow'
    : 'Deny'
}

interface Place {
  readonly address: Ip
  readonly port: number
}

function targetsOf({ state, objects }: Model, { said }: Asked): Place[] | undefined {
  const { to, port = 80, protocol = 'TCP' } = said
  const address = parseIp(to ?? '')
  if (address === undefined) return undefined
  if (state.peerAt(address).endpoint !== undefined) return [{ address, port }]
  const service = services.find((it) => it.spec.clusterIPs.some((ip) => isSame(parseIp(ip), address)))
  const servicePort = service?.spec.ports.find((it) => it.port === port && it.protocol === protocol)
  if (service === undefined || servicePort === undefined) return undefined
  const places: Place[] = []
  for (const slice of objects as Slice[]) {
    if (slice.kind !== 'EndpointSlice') continue
    if (slice.metadata.namespace !== service.metadata.namespace) continue
    if (slice.metadata.labels?.['kubernetes.io/service-name'] !== service.metadata.name) continue
    const target = slice.ports.find(
      (it) => it.name === servicePort.name && (it.protocol ?? 'TCP') === servicePort.protocol,
    )
    for (const text of slice.endpoints.flatMap(({ addresses }) => addresses)) {
      const at = parseIp(text)
      if (at === undefined || at.version !== address.version) continue
      if (target?.port === undefined || state.peerAt(at).endpoint === undefined) return undefined
      places.push({ address: at, port: target.port })
    }
  }
  return places
}

type Slice = ResourceObject & {
  readonly endpoints: readonly { readonly addresses: readonly string[] }[]
  readonly ports: readonly { readonly name: string; readonly protocol?: string; readonly port?: number }[]
}

function isSame(one: Ip | undefined, other: Ip): boolean {
  return one?.version === other.version && one.value === other.value
}

/** None: denied. */
function sourcesOf({ state, options }: Model, { said, identity }: Asked, to: Ip): FlowPeer[] {
  const at = said.from === undefined ? undefined : parseIp(said.from)
  if (identity === undefined) {
    return options.source.requiresIdentity || at === undefined ? [] : [state.peerAt(at)]
  }
  if (identity.kind !== 'Workload' || identity.trustDomain !== trusted) return []
  const pods = [...state.endpoints.values()].filter(
    ({ namespace, labels }) =>
      namespace === identity.namespace && labels.get('projectcalico.org/serviceaccount') === identity.account,
  )
  const there = pods.find(({ addresses }) => at !== undefined && addresses.some((ip) => isSame(ip, at)))
  if (there !== undefined) return [{ endpoint: there, address: at }]
  return pods.flatMap((endpoint) => {
    const fitting = endpoint.addresses.filter(({ version }) => version === to.version)
    return (fitting.length > 0 ? fitting : endpoint.addresses.slice(0, 1)).map((address) => ({
      endpoint,
      address,
    }))
  })
}

function flowOf(
  { state, options }: Model,
  { said }: Asked,
  source: FlowPeer,
  { address, port }: Place,
): Flow {
  return {
    source,
    destination: state.peerAt(address),
    ipVersion: address.version,
    protocol: said.protocol === 'UDP' ? protocols.udp : protocols.tcp,
    sourcePort: said.from === undefined ? undefined : (said.fromPort ?? 40_000),
    destinationPort: port,
    icmp: undefined,
    http: sentOf(said, options),
  }
}

function sentOf(said: Asked['said'], { tcpChecks }: JudgeOptions): Sent | undefined {
  const { http } = checkOf(said)
  if (http !== undefined) return readRequest(http)
  return tcpChecks === 'not-http' ? 'NotHttp' : undefined
}

function isAllowed(model: Model, flow: Flow): boolean {
  const { state, options } = model
  const { endpoint } = flow.destination
  if (endpoint === undefined || endpoint === flow.source.endpoint) return endpoint !== undefined
  if (
    flow.sourcePort === undefined &&
    rulesAbout(model, flow).some(({ source }) => source.ports || source.notPorts)
  )
    return false
  return options.judges === 'Both'
    ? evaluate(state, flow).verdict === 'Allow'
    : judgeWorkload(state, endpoint, 'Ingress', flow).verdict === 'Allow'
}

/** All that may decide, in whatever order. */
function rulesAbout({ state, options }: Model, { source, destination }: Flow): Rule[] {
  const ingress = destination.endpoint && state.effectivePolicy(destination.endpoint, 'Ingress')
  const sender = options.judges === 'Both' ? source.endpoint : undefined
  const egress = sender && state.effectivePolicy(sender, 'Egress')
  const policiesOf = (it: typeof ingress) => it?.tiers.flatMap(({ policies }) => policies) ?? []
  return [
    ...policiesOf(ingress).flatMap((policy) => policy.ingress),
    ...policiesOf(egress).flatMap((policy) => policy.egress),
  ]
}
