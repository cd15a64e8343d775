/** Which ports a pod listens at, as far as its manifest tells: those of its containers, with a name or without. */
import { protocolNumber } from '@margay/policy'
import type { ContainerPort, Pod, Resource } from '@margay/resources'

export interface ListeningPort {
  /** IANA number: 6, 17 or 132. */
  readonly protocol: number
  /** 1-65535. */
  readonly port: number
}

/** Each once, in the manifest's order. An init container listens only if it is a sidecar, one that stays. */
export function listeningPortsOf({ spec }: Pod): ListeningPort[] {
  const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
  const ports = [...(spec?.containers ?? []), ...sidecars].flatMap((container) => container.ports ?? [])
  return [...new Map(ports.map(toListeningPort).map((it) => [`${it.protocol}/${it.port}`, it])).values()]
}

function toListeningPort({ containerPort, protocol = 'TCP' }: ContainerPort): ListeningPort {
  return { protocol: protocolNumber(protocol) ?? 0, port: containerPort }
}

/** By the key of the pod's endpoint, `namespace/name`. */
export function listeningPortsByPod(resources: readonly Resource[]): Map<string, ListeningPort[]> {
  const pods = resources.filter((resource): resource is Pod => resource.kind === 'Pod')
  return new Map(
    pods.map((pod) => [`${pod.metadata.namespace ?? ''}/${pod.metadata.name}`, listeningPortsOf(pod)]),
  )
}
