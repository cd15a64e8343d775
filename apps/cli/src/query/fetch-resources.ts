/** What policy is decided on, as a server has it now. */
import { isNotFound } from '@margay/client'
import {
  admit,
  type KindDefinition,
  kindDefinitions,
  type Resource,
  type ResourceObject,
} from '@margay/resources'
import type { ClientFlags } from '../api/client-options.ts'
import { withConnection } from '../api/connect.ts'
import { failure } from '../errors.ts'
import type { Io } from '../io.ts'
import { describeObject, formatObject } from '../manifests/describe-object.ts'

/**
 * All of all kinds that have a part in policy. A kind that the server does not have has no objects; one that may not be read is an
 * error, since an answer without its policies would be wrong. @throws CliError, and all that a request may
 */
export async function fetchResources(flags: ClientFlags, io: Io): Promise<Resource[]> {
  return withConnection(flags, io, async ({ client }) => {
    const lists = kindDefinitions.filter(hasPart).map(async (kind) => {
      try {
        return (await client.list(kind)).items
      } catch (error) {
        if (isNotFound(error)) return []
        throw error
      }
    })
    return (await Promise.all(lists)).flat().map(admitted)
  })
}

const partless = ['Secret', 'ConfigMap', 'Event', 'Lease']

function hasPart({ kind, group }: KindDefinition): boolean {
  return !partless.includes(kind) && group !== 'rbac.authorization.k8s.io'
}

function admitted(object: ResourceObject): Resource {
  const admission = admit(object, { unknownFields: 'drop' })
  if (admission.ok) return admission.resource
  const [issue] = admission.issues
  throw failure(`${formatObject(describeObject(object))}: ${issue?.path}: ${issue?.message}`)
}
