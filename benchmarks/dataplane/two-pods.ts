/** Pods `client` and `server` of one namespace, on the node of all worlds. */
import type { Resource } from '@margay/resources'
import { namespaceObject, podAddresses, podNamed } from '../world/pods.ts'
import { admitted } from '../world/world.ts'

export const namespace = 'team-0'

export function twoPods(): Resource[] {
  const pods = ['client', 'server'].map((name, i) =>
    podNamed(namespace, name, { side: name }, podAddresses(i)),
  )
  return [namespaceObject(0), ...pods].map(admitted)
}
