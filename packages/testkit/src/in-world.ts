import type { ResourceObject } from '@margay/resources'
import { formatManifest } from './format-manifest.ts'

/** Runs a check, and adds the world to its failure: writing that down for each check that holds takes longer than the checks. */
export function inWorld(objects: readonly ResourceObject[], check: () => void): void {
  try {
    check()
  } catch (cause) {
    throw new Error(`${String(cause)}\n${formatManifest(objects)}`, { cause })
  }
}
