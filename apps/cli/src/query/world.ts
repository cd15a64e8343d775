/** The resources that a question is about: of manifests, or of a server as it is now. */
import type { Resource } from '@margay/resources'
import type { ClientFlags } from '../api/client-options.ts'
import type { Io } from '../io.ts'
import { readDocuments } from '../manifests/read-documents.ts'
import { type LocatedResource, loadLocated, withImpliedNamespaces } from './load-resources.ts'

export interface World {
  readonly resources: readonly Resource[]
  /** By resource, of those that were read from manifests. */
  readonly located: ReadonlyMap<Resource, LocatedResource>
}

export interface WorldOptions extends ClientFlags {
  /** Undefined: what a server has. */
  readonly filename?: readonly string[]
}

/** @throws CliError, FileError, ManifestError, and all that a request may */
export async function loadWorld(options: WorldOptions, io: Io): Promise<World> {
  if (options.filename === undefined) {
    const { fetchResources } = await import('./fetch-resources.ts')
    return { resources: await fetchResources(options, io), located: new Map() }
  }
  const located = loadLocated(await readDocuments(options.filename, io), io)
  const resources = withImpliedNamespaces(located.map(({ resource }) => resource))
  return { resources, located: new Map(located.map((it) => [it.resource, it])) }
}
