/** The flags of `margay get`. */
import type { ClientFlags } from './client-options.ts'

export interface GetOptions extends ClientFlags {
  readonly allNamespaces?: true
  readonly selector?: string
  readonly watch?: true
  readonly outputWatchEvents?: true
  readonly output: 'table' | 'wide' | 'json' | 'yaml' | 'name'
}
