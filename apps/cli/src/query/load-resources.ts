/** From documents to the resources that policy is decided on. */
import {
  admit,
  findKind,
  type Issue,
  type ManifestDocument,
  type Resource,
  type ResourceObject,
  workloadToPod,
} from '@margay/resources'
import { usageError } from '../errors.ts'
import type { Io } from '../io.ts'
import { describeIssue, describeObject, formatObject } from '../manifests/describe-object.ts'
import { warn } from '../warn.ts'

/**
 * Kinds that have no part in policy are ignored. Throws a CliError with a line for each thing that is wrong with an
 * object of ours: the place, the field and what is allowed. An object that stands there twice is wrong too.
 */
export function loadResources(documents: readonly ManifestDocument[], io: Io): Resource[] {
  return loadLocated(documents, io).map(({ resource }) => resource)
}

/** A resource, and where it was written. */
export interface LocatedResource {
  readonly resource: Resource
  /** That of the workload for a pod that one makes. */
  readonly document: ManifestDocument
  /** Where in the document a field of the resource stands. */
  readonly pathOf: (path: string) => string
}

/** As `loadResources`. */
export function loadLocated(documents: readonly ManifestDocument[], io: Io): LocatedResource[] {
  const errors: string[] = []
  const resources: LocatedResource[] = []
  const places = new Map<string, string>()
  for (const document of documents) {
    const candidate = toCandidate(document, io)
    if (candidate === undefined) continue
    const result = admitCandidate(candidate, document, places)
    if (Array.isArray(result)) errors.push(...result)
    else resources.push({ resource: result, document, pathOf: candidate.pathOf })
  }
  if (errors.length > 0) throw usageError(errors)
  return resources
}

interface Candidate {
  readonly value: unknown
  /** Where in the document a field of the value stands. */
  readonly pathOf: (path: string) => string
}

/** The document itself, or the pod that it makes; undefined if it is neither ours nor a workload. */
function toCandidate(document: ManifestDocument, io: Io): Candidate | undefined {
  const { apiVersion, kind } = describeObject(document.value)
  const known = findKind(apiVersion, kind)
  if (known !== undefined) return { value: document.value, pathOf: (path) => path }
  const pod = isObject(document.value) ? workloadToPod(document.value) : undefined
  if (pod !== undefined) return { value: pod, pathOf: (path) => pathInWorkload(path, kind) }
  if (isPolicyGroup(apiVersion) || apiVersion === '' || kind === '')
    warn(describeIssue(document, ignored(apiVersion, kind)), io)
  return undefined
}

/** Labels and spec of the pod come from the template, its name from the workload. */
function pathInWorkload(path: string, kind: string): string {
  if (/^metadata\.(?:name|namespace)$/.test(path)) return path
  return `${kind === 'CronJob' ? 'spec.jobTemplate.spec.template' : 'spec.template'}.${path}`
}

/** A policy that is ignored changes the answer, so it is not ignored in silence. */
function isPolicyGroup(apiVersion: string): boolean {
  return (
    /^(?:[\w.-]*\.)?(?:projectcalico\.org|networking\.k8s\.io|cilium\.io)\//.test(apiVersion) &&
    !/^(?:networking|gateway\.networking)\.k8s\.io\//.test(apiVersion)
  )
}

function ignored(apiVersion: string, kind: string): { path: string; message: string } {
  if (apiVersion === '' || kind === '')
    return { path: '', message: 'has no apiVersion and kind, and is ignored' }
  return { path: '', message: `is ignored: ${apiVersion} ${kind} is not known` }
}

/** The resource, or what is wrong with it. */
function admitCandidate(
  { value, pathOf }: Candidate,
  document: ManifestDocument,
  places: Map<string, string>,
): Resource | string[] {
  const admission = admit(value)
  if (!admission.ok) return admission.issues.map((issue) => formatLocated(issue, pathOf, document))
  const { metadata } = admission.resource
  const { kind } = describeObject(document.value)
  const key = `${admission.kind.apiVersion} ${kind} ${metadata.namespace ?? ''}/${metadata.name}`
  const place = `${document.file}:${document.lineOf('')}`
  const earlier = places.get(key)
  if (earlier !== undefined)
    return [
      `${place}: ${formatObject({ ...describeObject(admission.resource), kind })} was already defined at ${earlier}`,
    ]
  places.set(key, place)
  return admission.resource
}

function formatLocated(
  { path, message }: Issue,
  pathOf: Candidate['pathOf'],
  document: ManifestDocument,
): string {
  return describeIssue(document, { path: pathOf(path), message })
}

function isObject(value: unknown): value is ResourceObject {
  const { apiVersion, kind } = describeObject(value)
  if (apiVersion === '' || kind === '') return false
  const { metadata } = value as { metadata?: unknown }
  return typeof metadata === 'object' && metadata !== null
}

/**
 * The resources, and the namespaces that they name but that no manifest has: manifests often leave namespaces to whoever
 * applies them. Such a namespace has the label that every one has. For questions only, never to be written to a server.
 */
export function withImpliedNamespaces(resources: readonly Resource[]): Resource[] {
  const defined = new Set(
    resources.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name),
  )
  const used = new Set(resources.map(({ metadata }) => metadata.namespace).filter((it) => it !== undefined))
  return [...resources, ...[...used.difference(defined)].flatMap(namespaceNamed)]
}

function namespaceNamed(name: string): Resource[] {
  const labels = { 'kubernetes.io/metadata.name': name }
  const admission = admit({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })
  return admission.ok ? [admission.resource] : []
}
