/** One side of a v3 rule. What it may say depends on the rule as a whole, so it is fitted to that afterwards. */
import type { IpVersion } from '@margay/netset'
import { carriesPorts, type EntityRule } from '@margay/resources'
import fc from 'fast-check'
import { type Cast, namespacesOf } from './cast.ts'
import { accountNames } from './labels.ts'
import { netsOf } from './nets.ts'
import { maybe, record } from './optional.ts'
import { portLists } from './ports.ts'
import { accountSelectors, namespaceSelectors, podSelectors } from './selector.ts'

/** A side before it is fitted: with nets of both families. */
export interface LooseEntity extends Omit<EntityRule, 'nets' | 'notNets'> {
  readonly nets?: NetsByFamily
  readonly notNets?: NetsByFamily
}
type NetsByFamily = Readonly<Record<IpVersion, string[]>>

/** How often a side speaks of addresses or labels, and how often of ports; both in percent. */
export interface EntityOdds {
  readonly who: number
  readonly ports: number
}

export function entities(cast: Cast, { who, ports }: EntityOdds): fc.Arbitrary<LooseEntity> {
  const namespaces = namespacesOf(cast)
  return record({
    selector: maybe(who, podSelectors(namespaces)),
    notSelector: maybe(who / 4, podSelectors(namespaces)),
    namespaceSelector: maybe(
      who / 2,
      fc.oneof(
        { weight: 4, arbitrary: namespaceSelectors(namespaces) },
        { weight: 1, arbitrary: fc.constantFrom('global()', 'all()') },
      ),
    ),
    serviceAccounts: maybe(who / 4, serviceAccounts),
    nets: maybe(who / 2, netsByFamily(cast)),
    notNets: maybe(who / 4, netsByFamily(cast)),
    ports: maybe(ports, portLists),
    notPorts: maybe(ports / 2, portLists),
  })
}

const serviceAccounts = record({
  names: maybe(50, fc.subarray([...accountNames], { minLength: 1 })),
  selector: maybe(50, accountSelectors),
})

function netsByFamily(cast: Cast): fc.Arbitrary<NetsByFamily> {
  const list = (version: IpVersion) => fc.uniqueArray(netsOf(cast, version), { minLength: 1, maxLength: 3 })
  return fc.record({ 4: list(4), 6: list(6) })
}

/** Leaves out what validation would refuse beside the rule's protocol and family. */
export function fitEntity(
  loose: LooseEntity,
  protocol: string | number | undefined,
  family: IpVersion,
): EntityRule {
  const { nets, notNets, ports, notPorts, ...rest } = loose
  return {
    ...rest,
    ...listOf('nets', nets?.[family] ?? []),
    ...listOf('notNets', (notNets?.[family] ?? []).filter(isNoCatchAll)),
    ...listOf('ports', fitPorts(ports ?? [], protocol)),
    ...listOf('notPorts', fitPorts(notPorts ?? [], protocol)),
  }
}

function listOf<Name extends string, T>(name: Name, values: T[]): { [K in Name]?: T[] } {
  return (values.length === 0 ? {} : { [name]: values }) as { [K in Name]?: T[] }
}

/** Source: spec/api.md 2.1, rule 18. */
function isNoCatchAll(net: string): boolean {
  return !net.endsWith('/0')
}

/** Numbers need a protocol that has ports, and other protocols may have none. Source: spec/api.md 2.1, rules 5 and 6. */
function fitPorts(ports: (string | number)[], protocol: string | number | undefined): (string | number)[] {
  if (protocol === undefined) return ports.filter((port) => /^[a-z]/.test(String(port)))
  return carriesPorts(protocol) ? ports : []
}
