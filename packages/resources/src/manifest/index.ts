export { ManifestError } from './manifest-error.ts'
export type { ManifestDocument } from './parse-manifests.ts'
export { parseManifests } from './parse-manifests.ts'
