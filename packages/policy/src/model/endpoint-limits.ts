/** What a workload may do at most, as its annotations say; replies count too. Source: spec/dataplane.md 9.2. */
export interface EndpointLimits {
  /** Of packets to the workload. */
  readonly ingress: DirectionLimits
  /** Of packets from the workload. */
  readonly egress: DirectionLimits
}

export interface DirectionLimits {
  readonly packetRate: PacketRate | undefined
  /** Connections at once that are opened in this direction; 1 to 4,294,967,295. */
  readonly maxConnections: number | undefined
  readonly bandwidth: Bandwidth | undefined
}

export interface PacketRate {
  /** 1 to 10,000. */
  readonly packetsPerSecond: number
  /** Packets that may come at once beyond the rate; 1 to 10,000. */
  readonly burst: number
}

export interface Bandwidth {
  /** 1,000 to 10^15. */
  readonly bitsPerSecond: number
  /** 1,000 to 34,359,738,360. */
  readonly burstBits: number
  readonly peak: PeakRate | undefined
}

export interface PeakRate {
  /** More than the bandwidth; at most 1.01 × 10^15. */
  readonly bitsPerSecond: number
  /** 1,000 to 100,000,000; undefined: as the link's MTU needs it. */
  readonly minBurstBytes: number | undefined
}
