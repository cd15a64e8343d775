import type { ResourceObject } from '@margay/resources'
import { stringify } from 'yaml'

/** The objects as one YAML file, to be read by a person or applied again. */
export function formatManifest(objects: readonly ResourceObject[]): string {
  return objects.map((object) => stringify(object, { lineWidth: 110 })).join('---\n')
}
