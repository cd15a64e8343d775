/** Which addresses may be behind which interface: a packet from a pod with another source is forged. */
import type { NftElement, SetContent } from '@margay/netlink/nftables'
import { type Cidr, type Ip, type IpVersion, mergeCidrs } from '@margay/netset'
import type { Endpoint } from '@margay/policy'
import * as bytes from './bytes.ts'
import { addressType } from './class-maps.ts'
import { versions } from './dispatch.ts'

export interface Sources {
  readonly sets: readonly SetContent[]
  /** The IP versions of which some pod may send from more than its own addresses. */
  readonly prefixed: readonly IpVersion[]
}

export function podSources(version: IpVersion): string {
  return `pod-sources-${version}`
}

export function podSourcePrefixes(version: IpVersion): string {
  return `pod-source-prefixes-${version}`
}

/** Pods whose own link-local address is not known. */
export const anyLinkLocal = 'pods-with-any-link-local'

export interface SourceOptions {
  /** FelixConfiguration grants what pods ask for. */
  readonly mayHavePrefixes: boolean
  /** By the interface at the node's end. */
  readonly linkLocals: ReadonlyMap<string, Ip>
}

export function sources(local: readonly Endpoint[], { mayHavePrefixes, linkLocals }: SourceOptions): Sources {
  const own = versions.map((version) => ownSources(podSources(version), version, local, linkLocals))
  const prefixes = mayHavePrefixes ? versions.map((version) => prefixSources(version, local)) : []
  const used = prefixes.filter(({ elements }) => elements.length > 0)
  const prefixed = versions.filter((version) =>
    used.some(({ set }) => set.name === podSourcePrefixes(version)),
  )
  const unknown = local.filter(({ interfaceName }) => !linkLocals.has(interfaceName))
  const any: SetContent = {
    set: { name: anyLinkLocal, key: ['ifname'] },
    elements: unknown.map(({ interfaceName }) => ({ key: bytes.interfaceName(interfaceName) })),
  }
  return { sets: [...own, any, ...used], prefixed }
}

/** `interface . address`. */
export function ownSources(
  name: string,
  version: IpVersion,
  local: readonly Endpoint[],
  linkLocals: ReadonlyMap<string, Ip>,
): SetContent {
  const elements = local.flatMap(({ interfaceName, addresses }) =>
    [...addresses, linkLocals.get(interfaceName)]
      .filter((address) => address?.version === version)
      .filter((address) => address !== undefined)
      .map((address) => ({
        key: bytes.concat(bytes.interfaceName(interfaceName), bytes.address(address)),
      })),
  )
  return { set: { name, key: ['ifname', addressType(version)] }, elements }
}

function prefixSources(version: IpVersion, local: readonly Endpoint[]): SetContent {
  const elements = local.flatMap(({ interfaceName, allowedSourcePrefixes }) =>
    mergeCidrs(allowedSourcePrefixes.filter((cidr) => cidr.version === version)).map((cidr) =>
      prefixElement(bytes.interfaceName(interfaceName), cidr),
    ),
  )
  const key = ['ifname', addressType(version)] as const
  return { set: { name: podSourcePrefixes(version), key, interval: true }, elements }
}

function prefixElement(name: Uint8Array, { version, base, prefixLength }: Cidr): NftElement {
  const last = base | ((1n << BigInt((version === 4 ? 32 : 128) - prefixLength)) - 1n)
  return {
    key: bytes.concat(name, bytes.address({ version, value: base })),
    keyEnd: bytes.concat(name, bytes.address({ version, value: last })),
  }
}
