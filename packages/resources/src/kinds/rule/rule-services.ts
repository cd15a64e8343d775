/** Services as peers. Numbers of rules: spec/api.md 2.1. */
import { describe } from '../../schema/describe.ts'
import { forbidden, type Issue, invalid, required } from '../../schema/issue.ts'
import { subdomainName } from '../meta/name-format.ts'
import type { RuleSite, Side } from './rule-site.ts'

/** 33: what could not be the name of a service or a namespace would match nothing. Source: Calico's v3 API, ServiceMatch. */
export function* checkServiceNames(site: RuleSite): Iterable<Issue> {
  for (const { peer, path } of serviceSides(site)) {
    for (const field of ['name', 'namespace'] as const) {
      const name = peer.services?.[field] ?? ''
      if (name === '' || subdomainName.isValid(name)) continue
      yield invalid(`${path}.services.${field}`, `must be ${subdomainName.allowed}, but is ${describe(name)}`)
    }
  }
}

/** 34 to 37: a service's endpoints are all there is to match. */
export function* checkServicesAlone(site: RuleSite): Iterable<Issue> {
  for (const { peer, path } of serviceSides(site)) {
    const others = [
      ...(['selector', 'notSelector', 'namespaceSelector'] as const).filter(
        (field) => (peer[field] ?? '') !== '',
      ),
      ...(['nets', 'notNets'] as const).filter((field) => (peer[field] ?? []).length > 0),
      ...(peer.serviceAccounts === undefined ? [] : ['serviceAccounts']),
    ]
    for (const field of others) yield forbidden(`${path}.${field}`, 'is not allowed beside services')
  }
}

/** 38: a destination's ports are those of the service; a source may have ports. */
export function* checkServicePorts(site: RuleSite): Iterable<Issue> {
  for (const { name, peer, path } of serviceSides(site)) {
    if (name === 'source') continue
    for (const field of ['ports', 'notPorts'] as const) {
      if ((peer[field] ?? []).length > 0)
        yield forbidden(`${path}.${field}`, "is not allowed beside services: the service's ports apply")
    }
  }
}

/** 39 and 40: only the far side of the packet can be a service. */
export function* checkServiceSide(site: RuleSite): Iterable<Issue> {
  const farSide = site.direction === 'egress' ? 'destination' : 'source'
  for (const { name, path } of serviceSides(site)) {
    if (name !== farSide)
      yield forbidden(`${path}.services`, `is only allowed in the ${farSide} of an ${site.direction} rule`)
  }
}

/** 41: a global policy has no namespace to look in. */
export function* checkServiceNamespace(site: RuleSite): Iterable<Issue> {
  if (!site.isGlobal) return
  for (const { peer, path } of serviceSides(site)) {
    if ((peer.services?.namespace ?? '') === '')
      yield required(`${path}.services.namespace`, 'is required in a global policy')
  }
}

function serviceSides(site: RuleSite): Side[] {
  return site.sides.filter(({ peer }) => peer.services !== undefined)
}
