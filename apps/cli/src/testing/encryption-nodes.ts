/** Nodes and the leases of their agents, for tests of the status of encryption. */
import {
  type EncryptionReport,
  encryptionReportAnnotation,
  formatEncryptionReport,
  mostReportedPeers,
  type ResourceObject,
  type TunnelReport,
} from '@margay/resources'

/** Where the tests' clock stands. */
export const now = new Date('2026-01-02T03:04:05Z')

export function secondsAgo(seconds: number): number {
  return Math.floor(now.getTime() / 1000) - seconds
}

export interface FakeNode {
  readonly name: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly createdSecondsAgo?: number
  /** Undefined: it has no lease. */
  readonly renewedSecondsAgo?: number
  /** Undefined: the lease says nothing of encryption. */
  readonly report?: EncryptionReport | undefined
}

export function nodeObject({ name, annotations = {}, createdSecondsAgo = 86_400 }: FakeNode): ResourceObject {
  const creationTimestamp = new Date(secondsAgo(createdSecondsAgo) * 1000).toISOString()
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, annotations, creationTimestamp } }
}

export function leaseObjects({ name, renewedSecondsAgo, report }: FakeNode): ResourceObject[] {
  if (renewedSecondsAgo === undefined) return []
  const text = report === undefined ? {} : { [encryptionReportAnnotation]: formatEncryptionReport(report) }
  const renewTime = new Date(secondsAgo(renewedSecondsAgo) * 1000).toISOString().replace('Z', '000Z')
  return [
    {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace: 'margay-system', annotations: text },
      spec: { holderIdentity: name, leaseDurationSeconds: 60, renewTime },
    },
  ]
}

export function tunnelReport(changes: Partial<TunnelReport>): TunnelReport {
  const { peers = [], clear = [], unanswered = [] } = changes
  const never = peers.filter(([, handshake]) => handshake === 0).length
  return {
    version: 4,
    interfaceName: changes.version === 6 ? 'wg-v6.cali' : 'wireguard.cali',
    driver: 'kernel',
    publicKey: 'public key',
    keyMadeAt: new Date(secondsAgo(3 * 86_400) * 1000).toISOString(),
    listenPort: 51_820,
    counts: { peers: peers.length, waiting: never + unanswered.length, clear: clear.length },
    peers,
    unanswered,
    clear,
    ...changes,
  }
}

export function report(
  tunnels: readonly TunnelReport[],
  changes: Partial<EncryptionReport> = {},
): EncryptionReport {
  return { required: false, dropped: { packets: 0, bytes: 0 }, problems: [], tunnels, ...changes }
}

/** Each with all others as peers, but for what `changes` say of a node. */
export function encryptedNodes(
  names: readonly string[],
  changes: Readonly<Record<string, Partial<FakeNode>>> = {},
): FakeNode[] {
  const off = names.filter((name) => changes[name]?.report?.tunnels.length === 0)
  const on = names.filter((name) => !off.includes(name))
  return names.map((name) => {
    // Of many, only those that are told one by one: the rest would be left out.
    const peers = on
      .slice(0, mostReportedPeers + 1)
      .filter((it) => it !== name)
      .slice(0, mostReportedPeers)
      .map((it) => [it, secondsAgo(40), 1000, 2000] as const)
    const clear = off.filter((it) => it !== name).map((it) => [it, 'NoKey'] as const)
    const counts = { peers: on.length - (off.includes(name) ? 0 : 1), waiting: 0, clear: clear.length }
    return {
      name,
      renewedSecondsAgo: 10,
      report: report([tunnelReport({ peers, clear, counts })]),
      ...changes[name],
    }
  })
}
