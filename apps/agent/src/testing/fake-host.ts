/** The interfaces of a node in memory, for tests of plumbing; refuses what it is told to refuse. */
import { describeChange } from '../host/describe-change.ts'
import type { HostChange } from '../host/host-changes.ts'
import type { HostEvents, HostKernel, HostLink, LinkTables } from '../host/host-kernel.ts'
import { SysctlError } from '../host/sysctl-files.ts'

export class FakeHost implements HostKernel {
  readonly present: HostLink[] = []
  readonly tables = new Map<number, LinkTables>()
  readonly sysctls = new Map<string, string>()
  /** What was changed, in words. */
  readonly applied: string[] = []
  /** Words that a change contains which is refused. */
  refused: RegExp | undefined
  /** With which every look fails. */
  blindness: Error | undefined
  looks = 0
  reads = 0
  #events: HostEvents | undefined

  links(): readonly HostLink[] {
    if (this.blindness !== undefined) throw this.blindness
    this.looks++
    return this.present
  }

  tablesOf(links: readonly HostLink[]): ReadonlyMap<number, LinkTables> {
    return new Map(links.flatMap(({ index }) => [[index, this.tables.get(index) ?? noTables] as const]))
  }

  peerMacOf(): undefined {
    return undefined
  }

  readSysctls(paths: readonly string[]): ReadonlyMap<string, string> {
    this.reads++
    return new Map([...this.sysctls].filter(([path]) => paths.includes(path)))
  }

  apply(change: HostChange): void {
    const words = describeChange(change)
    if (this.refused?.test(words) === true) throw refusal(change)
    this.applied.push(words)
    if (change.kind === 'SetSysctl') this.sysctls.set(change.path, change.value)
    if (change.kind === 'AddRoute') this.#addRoute(change.route)
  }

  watch(events: HostEvents): { close(): void } {
    this.#events = events
    return { close: () => (this.#events = undefined) }
  }

  /** @throws when nobody watches */
  get events(): HostEvents {
    if (this.#events === undefined) throw new Error('nobody watches')
    return this.#events
  }

  #addRoute(route: LinkTables['routes'][number]): void {
    const link = this.present.find(({ name }) => name === route.interfaceName)
    if (link === undefined) return
    const tables = this.tables.get(link.index) ?? noTables
    this.tables.set(link.index, { ...tables, routes: [...tables.routes, route] })
  }
}

export const noTables: LinkTables = {
  routes: [],
  neighbours: [],
  shaping: { ingress: undefined, egress: undefined },
}

function refusal(change: HostChange): Error {
  if (change.kind !== 'SetSysctl') return new Error('EBUSY')
  return new SysctlError(change.path, Object.assign(new Error(), { code: 'EACCES' }))
}
