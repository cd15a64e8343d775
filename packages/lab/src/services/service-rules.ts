/**
 * The nftables rules that make services on one node. Pure: text out, nothing done.
 *
 * Tables of their own, at the priorities of kube-proxy and Calico's neighbours: destinations change at -100, both for what
 * comes in and for what the node itself sends, and sources at 100.
 */
import { type Family, familyOf } from '../syscalls/sockaddr.ts'
import type { Backend, NodePortSpec, ServiceSpec } from './service-spec.ts'

export const serviceTable = 'lab-services'

export interface NodeServices {
  readonly services: readonly ServiceSpec[]
  readonly nodePorts: readonly NodePortSpec[]
}

/** One transaction: everything anew. Connections go on with the destination that they have. */
export function serviceRules(node: NodeServices): string {
  return [tableOf(node, 4), tableOf(node, 6)].join('')
}

function tableOf({ services, nodePorts }: NodeServices, family: Family): string {
  const name = `${family === 4 ? 'ip' : 'ip6'} ${serviceTable}`
  const destinations = [
    ...services.filter(({ ip }) => familyOf(ip) === family).flatMap((each) => serviceRule(each, family)),
    ...nodePorts.flatMap((each) => nodePortRule(each, family)),
  ]
  const backends = [...services, ...nodePorts].flatMap((each) => backendsOf(each, family))
  const sources = [...nodePorts.flatMap((each) => masquerade(each, family)), ...hairpins(backends, family)]
  return `table ${name}
delete table ${name}
table ${name} {
${chain('prerouting', 'nat', 'prerouting', -100, destinations)}
${chain('output', 'nat', 'output', -100, destinations)}
${chain('postrouting', 'nat', 'postrouting', 100, sources)}
}
`
}

function chain(name: string, type: string, hook: string, priority: number, rules: readonly string[]): string {
  return [
    `  chain ${name} {`,
    `    type ${type} hook ${hook} priority ${priority};`,
    ...rules.map((rule) => `    ${rule}`),
    '  }',
  ].join('\n')
}

function serviceRule({ ip, port, protocol, backends }: ServiceSpec, family: Family): string[] {
  const match = `${addressWord(family)} daddr ${ip} ${protocol.toLowerCase()} dport ${port}`
  return backends.length === 0 ? [] : [`${match} ${dnat(backends, family)}`]
}

function nodePortRule(spec: NodePortSpec, family: Family): string[] {
  const backends = backendsOf(spec, family)
  const match = `fib daddr type local ${spec.protocol.toLowerCase()} dport ${spec.port}`
  return backends.length === 0 ? [] : [`${match} ${dnat(backends, family)}`]
}

/** Each connection goes to the next backend. */
function dnat(backends: readonly Backend[], family: Family): string {
  const [first] = backends
  const word = `dnat ${addressWord(family)} to`
  if (backends.length === 1 && first !== undefined)
    return `${word} ${family === 6 ? `[${first.ip}]` : first.ip}:${first.port}`
  const entries = backends.map(({ ip, port }, index) => `${index} : ${ip} . ${port}`)
  return `${word} numgen inc mod ${backends.length} map { ${entries.join(', ')} }`
}

function masquerade(spec: NodePortSpec, family: Family): string[] {
  if (spec.masquerades !== true || backendsOf(spec, family).length === 0) return []
  const protocol = spec.protocol.toLowerCase()
  return [`ct status dnat meta l4proto ${protocol} ct original proto-dst ${spec.port} masquerade`]
}

/** A pod that reaches itself through a service would answer itself directly, and take that for a stranger's packet. */
function hairpins(backends: readonly Backend[], family: Family): string[] {
  const word = addressWord(family)
  return [...new Set(backends.map(({ ip }) => ip))].map(
    (ip) => `ct status dnat ${word} saddr ${ip} ${word} daddr ${ip} masquerade`,
  )
}

function backendsOf({ backends }: { readonly backends: readonly Backend[] }, family: Family): Backend[] {
  return backends.filter(({ ip }) => familyOf(ip) === family)
}

function addressWord(family: Family): 'ip' | 'ip6' {
  return family === 4 ? 'ip' : 'ip6'
}
