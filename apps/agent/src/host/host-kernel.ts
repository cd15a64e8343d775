/** The seam between plumbing and the kernel: what is there, one change at a time, and what others change. */
import type { HostChange } from './host-changes.ts'
import type { ActualBucket, InterfaceRoute, PermanentNeighbour, Shaping } from './host-model.ts'

export interface HostLink {
  readonly name: string
  readonly index: number
  readonly isUp: boolean
  /** For example `veth` or `ifb`. */
  readonly kind?: string | undefined
}

/** What leads to a link. */
export interface LinkTables {
  readonly routes: readonly InterfaceRoute[]
  readonly neighbours: readonly PermanentNeighbour[]
  readonly shaping: Shaping<ActualBucket>
}

export interface HostEvents {
  /** This link came, changed or went, or what leads to it changed, or its settings. */
  readonly onLink: (link: { readonly index: number; readonly name?: string }) => void
  /** A route to a link came or went. One that comes may have replaced one to another link, of which nothing is told. */
  readonly onRoute: (route: { readonly index: number; readonly destination: string }) => void
  /** Settings of the node as a whole. */
  readonly onNode: () => void
  /** Some of these were not told: anything may have changed. */
  readonly onLost: () => void
  readonly onError: (error: unknown) => void
}

export interface HostKernel {
  /** All links of the node. */
  links(): readonly HostLink[]
  /** By index; a link that is gone is left out or has empty tables. */
  tablesOf(links: readonly HostLink[]): ReadonlyMap<number, LinkTables>
  /** Link-layer address of a veth pair's other end; undefined where the kernel doesn't tell. */
  peerMacOf(link: HostLink): string | undefined
  /** By path below /proc/sys; what can't be read is left out. */
  readSysctls(paths: readonly string[]): ReadonlyMap<string, string>
  /** `link` is that of the interface that the change names. @throws when the kernel refuses */
  apply(change: HostChange, link: HostLink | undefined): void
  /** From now on. */
  watch(events: HostEvents): { close(): void }
}
