export interface CompileOptions {
  /** Interfaces whose name starts so belong to pods; one of them that is not known drops everything. */
  readonly interfacePrefix: string
  /** What happens to packets from a pod to its own node, after its egress policy allowed them. */
  readonly endpointToHostAction: 'Drop' | 'Accept'
  /** Whether who is denied gets an answer: an ICMP message or, for TCP, a reset. */
  readonly denyAction: 'Drop' | 'Reject'
  readonly logPrefix: string
  /** A criterion that more classes of addresses meet gets tables of its own; a matter of size and speed, not of meaning. */
  readonly mostOfNarrow: number
}

export const defaultCompileOptions: CompileOptions = {
  interfacePrefix: 'cali',
  endpointToHostAction: 'Drop',
  denyAction: 'Drop',
  logPrefix: 'calico-packet',
  mostOfNarrow: 16,
}
