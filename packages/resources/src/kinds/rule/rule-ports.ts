/** Ports of a rule. Numbers of rules: spec/api.md 2.1. */
import { describe } from '../../schema/describe.ts'
import { forbidden, type Issue, invalid, required } from '../../schema/issue.ts'
import { isPortName, portNameFormat } from '../meta/names.ts'
import { parsePort } from './port.ts'
import { carriesPorts, protocolNumberOf } from './protocol.ts'
import type { RuleSite } from './rule-site.ts'

const portProtocols = 'TCP, UDP or SCTP'

interface PortSite {
  readonly port: string | number
  readonly path: string
}

/** 8, 9, 10 and 11: each entry is a port, an ascending range or the name of a port. */
export function* checkPortForm(site: RuleSite): Iterable<Issue> {
  for (const { port, path } of portsOf(site)) {
    const problem = portProblem(port)
    if (problem !== undefined) yield invalid(path, problem)
  }
}

function portProblem(port: string | number): string | undefined {
  const parsed = parsePort(port)
  if (parsed.kind === 'Name') {
    return isPortName(parsed.name)
      ? undefined
      : `${describe(port)} is not a port: ${allowedPort}; ${portNameFormat}`
  }
  if (parsed.min < 1 || parsed.max > 65535) return `ports are from 1 to 65535, but this is ${describe(port)}`
  return parsed.min > parsed.max ? `a range ascends, but this is ${describe(port)}` : undefined
}

const allowedPort = 'a number from 1 to 65535, a range "min:max" or the name of a port'

/** 5, 6 and 7: numbers need a protocol that has ports (notProtocol is none); other protocols have no ports at all. */
export function* checkPortProtocol(site: RuleSite): Iterable<Issue> {
  const { protocol } = site.rule
  if (protocol === undefined) yield* checkPortsWithoutProtocol(site)
  else if (protocolNumberOf(protocol) !== undefined && !carriesPorts(protocol)) yield* refusePorts(site)
}

function* checkPortsWithoutProtocol(site: RuleSite): Iterable<Issue> {
  const numeric = portsOf(site).find(({ port }) => parsePort(port).kind === 'Range')
  if (numeric === undefined) return
  yield required(`${site.path}.protocol`, `must be ${portProtocols}, because ${numeric.path} is a number`)
}

function* refusePorts(site: RuleSite): Iterable<Issue> {
  for (const { path, name } of portListsOf(site)) {
    yield forbidden(path, `${name} need protocol ${portProtocols}, but the protocol is ${site.rule.protocol}`)
  }
}

function portsOf(site: RuleSite): PortSite[] {
  return portListsOf(site).flatMap(({ ports, path }) =>
    ports.map((port, index) => ({ port, path: `${path}[${index}]` })),
  )
}

/** The lists that are not empty. */
function portListsOf(site: RuleSite) {
  return site.sides.flatMap(({ peer, path }) =>
    (['ports', 'notPorts'] as const).flatMap((name) => {
      const ports = peer[name] ?? []
      return ports.length === 0 ? [] : [{ name, ports, path: `${path}.${name}` }]
    }),
  )
}
