/** Where a matrix comes from: a running lab and its API, or manifests. */
import type { ApiClient } from '@margay/client'
import { openLab } from '@margay/lab'
import { admit, kindDefinitions, type Resource } from '@margay/resources'
import { withConnection } from '../api/connect.ts'
import type { Io } from '../io.ts'
import { labPaths } from '../lab/paths.ts'
import { readDocuments } from '../manifests/read-documents.ts'
import { loadResources, withImpliedNamespaces } from '../query/load-resources.ts'
import { type Finding, judge, measure } from './measure.ts'

export async function findingsOfManifests(paths: readonly string[], io: Io): Promise<Finding[]> {
  return judge(withImpliedNamespaces(loadResources(await readDocuments(paths, io), io)))
}

export interface LabFindingsOptions {
  readonly lab: string
  readonly kubeconfig?: string
  readonly probe: boolean
}

/** @throws LabError, ClientConfigError, ConnectionError */
export async function findingsOfLab(options: LabFindingsOptions, io: Io): Promise<Finding[]> {
  const lab = await openLab(options.lab)
  const { kubeconfig = labPaths(options.lab).kubeconfig } = options
  try {
    return await withConnection({ kubeconfig }, io, async ({ client }) => {
      const inLab = (key: string) => lab.pods.has(key)
      const findings = judge(await listResources(client)).filter(
        ({ connection: { from, to } }) => inLab(from.key) && inLab(to.key),
      )
      return options.probe ? measure(lab, findings) : findings
    })
  } finally {
    await lab.close()
  }
}

/** Everything that the API holds, as admitted resources. */
export async function listResources(client: Pick<ApiClient, 'list'>): Promise<Resource[]> {
  const lists = await Promise.all(kindDefinitions.map((kind) => client.list(kind)))
  return lists.flatMap(({ items }) =>
    items.flatMap((item) => {
      const admission = admit(item, { unknownFields: 'drop' })
      return admission.ok ? [admission.resource] : []
    }),
  )
}
