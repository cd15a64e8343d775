/** What a node is made of besides policy: settings, routes and neighbours. Data only; `desired…` and `actual…` share it. */
import type { Mark } from './holder-marks.ts'

/** A file below `/proc/sys`, and what is to stand in it. */
export interface DesiredSysctl {
  /** For example `net/ipv4/ip_forward`. */
  readonly path: string
  /** A whole number, as text. */
  readonly value: string
  /** `AtLeast` and `AtMost` leave alone what an administrator set further in the same direction. */
  readonly bound: 'Exactly' | 'AtLeast' | 'AtMost'
  /** True where a kernel may lack the file, or not let this namespace write it. */
  readonly isOptional: boolean
}

/** A unicast route in the main table, to a whole link. */
export interface InterfaceRoute {
  readonly interfaceName: string
  /** CIDR in canonical text, for example `10.0.0.1/32`. */
  readonly destination: string
  /** Who made it: RTPROT_* of linux/rtnetlink.h, or another number from 0 to 255. */
  readonly protocol: number
  /** RT_SCOPE_* of linux/rtnetlink.h. The kernel gives IPv6 routes 0 always. */
  readonly scope: number
  /** 0 is the best. The kernel gives an IPv6 route 1024 unless told. */
  readonly metric: number
  /** Canonical text; undefined: the destination itself is on the link. */
  readonly gateway: string | undefined
}

/** An entry that the kernel never asks about and never forgets (NUD_PERMANENT). */
export interface PermanentNeighbour {
  readonly interfaceName: string
  readonly address: string
  /** Six bytes in lower-case hexadecimal, joined by colons. */
  readonly mac: string
}

/** A rate that packets wait for. */
export interface ShapingBucket {
  readonly bytesPerSecond: number
  /** What may go at once after a pause. */
  readonly burstBytes: number
  /** What may wait; more is dropped. */
  readonly limitBytes: number
  /** How fast a burst may go. */
  readonly peak: { readonly bytesPerSecond: number; readonly burstBytes: number } | undefined
}

/** What the kernel tells of a bucket: bursts show in the limit only. */
export type ActualBucket = Pick<ShapingBucket, 'bytesPerSecond' | 'limitBytes'> & {
  readonly peakBytesPerSecond: number | undefined
}

/** `ingress` is to the pod. Undefined: as fast as it can. */
export interface Shaping<Bucket> {
  readonly ingress: Bucket | undefined
  readonly egress: Bucket | undefined
}

export interface DesiredInterface {
  readonly name: string
  readonly sysctls: readonly DesiredSysctl[]
  /** Whom the interface leads to, in canonical text. */
  readonly addresses: readonly string[]
  /** Of the pod's side, if its record tells; else what the kernel says of the other end is taken. */
  readonly mac: string | undefined
  readonly shaping: Shaping<ShapingBucket>
  /** Says that it has these addresses. */
  readonly mark: Mark
}

export interface DesiredHost {
  readonly sysctls: readonly DesiredSysctl[]
  readonly interfaces: ReadonlyMap<string, DesiredInterface>
  /** Says that interfaces are marked. */
  readonly mark: Mark
  /** What the names of pods' interfaces begin with, of known and unknown pods. */
  readonly interfacePrefixes: readonly string[]
  /** RTPROT number of routes that are made. */
  readonly routeProtocol: number
  /** How long something unknown on a pod's interface is left to whoever made it; undefined: for ever. */
  readonly graceMs: number | undefined
  /** What could not be desired, one line each: two endpoints with one address. */
  readonly problems: readonly string[]
}

/** When the agent first saw it, on the clock of `ActualHost.nowMs`. */
export type Seen<Thing> = Thing & { readonly sinceMs: number }

export interface ActualInterface {
  readonly name: string
  /** A link that went and came back has another one. */
  readonly index: number
  /** Administratively (IFF_UP): routes can be added. */
  readonly isUp: boolean
  readonly routes: readonly Seen<InterfaceRoute>[]
  readonly neighbours: readonly PermanentNeighbour[]
  /** Link-layer address of the other end of a veth pair; undefined where the kernel doesn't tell. */
  readonly peerMac: string | undefined
  /** What the agent set; not what somebody else did. */
  readonly shaping: Shaping<ActualBucket>
}

export interface ActualHost {
  /** Milliseconds of a clock that only goes forward. */
  readonly nowMs: number
  /** Content of the files by path; those that can't be read are missing. */
  readonly sysctls: ReadonlyMap<string, string>
  /** Interfaces of pods only: whatever else the machine has is nobody's business here. */
  readonly interfaces: ReadonlyMap<string, ActualInterface>
  /** Names of links through which goes what pods send. */
  readonly shapingLinks: ReadonlySet<string>
  /** Who had an address when this agent last looked: index of the interface, by address. */
  readonly holders: ReadonlyMap<string, number>
}
