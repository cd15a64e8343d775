import { stringify } from 'yaml'

/** So that readers of YAML 1.1, as kubectl, and of 1.2 understand the same. */
export function formatYaml(value: unknown): string {
  return stringify(value, { version: '1.1', aliasDuplicateObjects: false, lineWidth: 0 })
}
