/** Changes as a person reads them: one line each, in the words of ip(8) and sysctl(8). */
import type { HostChange } from './host-changes.ts'

export function describeChange(change: HostChange): string {
  switch (change.kind) {
    case 'SetSysctl':
      return `set ${change.path} to ${change.value} (is ${change.previous ?? 'not readable'})`
    case 'DeleteRoute':
      return `delete route ${change.route.destination} dev ${change.route.interfaceName}`
    case 'DeleteNeighbour':
      return `delete neighbour ${change.neighbour.address} dev ${change.neighbour.interfaceName}`
    case 'ForgetConnections':
      return `forget connections of ${change.addresses.join(', ')}`
    case 'AddRoute':
      return `add route ${change.route.destination} dev ${change.route.interfaceName}`
    case 'SetShaping':
      return `limit ${words[change.direction]} ${change.interfaceName} to ${change.bucket.bytesPerSecond * 8} bit/s`
    case 'ClearShaping':
      return `do not limit ${words[change.direction]} ${change.interfaceName}`
    case 'DeleteShapingLink':
      return `delete link ${change.name}`
    case 'SetNeighbour':
      return `set neighbour ${change.neighbour.address} dev ${change.neighbour.interfaceName} to ${change.neighbour.mac}`
  }
}

const words = { ingress: 'packets to', egress: 'packets from' } as const

/** Undefined for what is the node's own. */
export function interfaceOf(change: HostChange): string | undefined {
  switch (change.kind) {
    case 'SetSysctl':
    case 'SetShaping':
    case 'ClearShaping':
      return change.interfaceName
    case 'DeleteRoute':
    case 'AddRoute':
      return change.route.interfaceName
    case 'DeleteNeighbour':
    case 'SetNeighbour':
      return change.neighbour.interfaceName
    case 'ForgetConnections':
    case 'DeleteShapingLink':
      return undefined
  }
}
